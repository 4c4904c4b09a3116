import { describe, expect, it } from 'vitest'
import { running } from './hosts.ts'

describe('patch 13: chid.h moved to a public header', () => {
  it('lets a host channel and a vGPU stand in the same bitmap', () => {
    const { host, machine, vgpu } = running()
    const id = machine.nvkm.chid.get('graphics')
    const map = host.chidMaps()[0]
    expect(map?.ranges.filter((range) => range.owner !== null)).toMatchObject([
      { offset: id, size: 1, owner: 'graphics' },
      { offset: id + 1, size: 511, owner: 'host' },
      { offset: vgpu.chid?.offset, size: vgpu.chid?.num, owner: 'vgpu 0' },
    ])
    expect(machine.gpu.nvkm.chid.used.used.map((range) => range.owner)).toEqual(['graphics', 'vgpu'])
  })
})
