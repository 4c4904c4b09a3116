import { describe, expect, it } from 'vitest'
import { Machine } from '../../src/engine/machine.ts'
import { arm, gpuOf, lasting, reloaded } from '../engine/host-of.ts'
import { bound, refusal } from './hosts.ts'

describe('patch 11: GSP RM client alloc and free', () => {
  it('builds client, device and subdevice with the lowest free handle', () => {
    const { gpu, machine } = bound()
    const { rm } = machine.nvkm
    // 0 and 1 are nvkm's own, 2 is the manager's
    expect([1, 2, 3].map(() => rm.allocClient().handle)).toEqual([0xc1d00003, 0xc1d00004, 0xc1d00005])
    expect(Object.entries(gpu.gsp.clients['0xc1d00004'] ?? {})).toEqual([
      ['0xc1d00004', { class: 0, parent: 0xc1d00004 }],
      ['0xde1d0000', { class: 0x80, parent: 0xc1d00004 }],
      ['0x5d1d0000', { class: 0x2080, parent: 0xde1d0000 }],
    ])
    rm.freeClient({ handle: 0xc1d00004 })
    expect(gpu.gsp.clients['0xc1d00004']).toBeUndefined()
    expect(rm.allocClient().handle).toBe(0xc1d00004)
  })

  it.each(['0x0', '0x80', '0x2080'])('leaves no object and no id when RM_ALLOC of class %s fails', (hClass) => {
    const { state, machine } = bound()
    const before = reloaded(state)
    arm(state, `gsp.alloc.${hClass}`, 'NV_ERR_NO_MEMORY')
    const { rm } = new Machine(state, gpuOf(state)).nvkm
    expect(() => rm.allocClient()).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(lasting(state)).toEqual(lasting(before))
    expect(machine.nvkm.rm.allocClient().handle).toBe(0xc1d00003)
  })

  it('refuses the 65,537th client', () => {
    const { gpu, machine } = bound()
    gpu.nvkm.clientIds.splice(0, Number.POSITIVE_INFINITY, ...Array.from({ length: 0x10000 }, (_, id) => id))
    expect(() => machine.nvkm.rm.allocClient()).toThrow(refusal({ errno: 'ENOSPC' }))
  })
})
