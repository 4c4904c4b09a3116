import { describe, expect, it } from 'vitest'
import { arm } from '../engine/host-of.ts'
import { cold, refusal } from './hosts.ts'

describe('patch 2: attach to nvkm as a client', () => {
  it('puts one client named vgpu among the core driver’s while support is enabled', () => {
    const { gpu, machine } = cold()
    machine.nvkm.probe()
    expect(gpu.nvkm.clients).toEqual(['vgpu'])
  })

  it.each(['nvkm.client', 'nvkm.device'])('leaves no client when %s fails', (point) => {
    const { state, gpu, machine } = cold()
    arm(state, point, 'ENOMEM')
    expect(() => machine.nvkm.probe()).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(gpu.nvkm.clients).toEqual([])
  })

  it('detaches on fini, and a second fini does no harm', () => {
    const { gpu, machine } = cold()
    machine.nvkm.probe()
    for (let n = 0; n < 2; n += 1) {
      machine.nvkm.vgpuMgr().fini()
      expect([gpu.nvkm.clients, gpu.nvkm.enabled]).toEqual([[], false])
    }
  })
})
