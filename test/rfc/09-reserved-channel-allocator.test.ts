import { describe, expect, it } from 'vitest'
import { uuidOf } from '../engine/host-of.ts'
import { bound, cold, l40, refusal } from './hosts.ts'

describe('patch 9: reserved channel allocator', () => {
  it('keeps ids 512 to 2047 from the host, whose 513th channel is refused though no vGPU exists', () => {
    const { machine } = bound()
    for (let id = 0; id < 512; id += 1) expect(machine.nvkm.chid.get('host')).toBe(id)
    expect(() => machine.nvkm.chid.get('host')).toThrow(refusal({ errno: 'ENOSPC' }))
    machine.nvkm.chid.put(77)
    expect(machine.nvkm.chid.get('host')).toBe(77)
  })

  it('leaves all 2048 to the host without vGPU', () => {
    const { gpu, machine } = cold(l40(), { vgpu: false })
    machine.nvkm.probe()
    for (let id = 0; id < 2048; id += 1) machine.nvkm.chid.get('host')
    expect(gpu.nvkm.chid.used.used).toHaveLength(2048)
    expect(() => machine.nvkm.chid.get('host')).toThrow(refusal({ errno: 'ENOSPC' }))
    expect(() => machine.ops.allocChids(1, 'vgpu')).toThrow(refusal({ errno: 'ENOSPC' }))
  })

  it('hands out 512, 1024 and 1536, then nothing, and reuses a freed block in the middle', () => {
    const { ops } = bound().machine
    expect([1, 2, 3].map(() => ops.allocChids(512, 'vgpu'))).toEqual([512, 1024, 1536])
    expect(() => ops.allocChids(1, 'vgpu')).toThrow(refusal({ errno: 'ENOSPC', code: 'no-channels' }))
    ops.freeChids(1024, 512)
    expect([ops.allocChids(100, 'vgpu'), ops.allocChids(412, 'vgpu')]).toEqual([1024, 1124])
  })

  it('does not run out over ten rounds of create and destroy', () => {
    const { host, gpu } = bound()
    for (let round = 0; round < 10; round += 1) {
      host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(round), start: true })
      expect(gpu.mgr?.vgpus[0]?.chid?.offset).toBe(512)
      host.destroyVgpus({ selectors: [uuidOf(round)] })
    }
  })

  it('does nothing for a range beyond the ids there are', () => {
    const { gpu, machine } = cold()
    expect(machine.nvkm.chid.reserve(512, 1537)).toBe(false)
    expect(gpu.nvkm.chid.used.used).toEqual([])
    expect(machine.nvkm.chid.reserve(512, 1536)).toBe(true)
  })
})
