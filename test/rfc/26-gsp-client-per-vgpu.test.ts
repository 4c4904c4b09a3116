import { describe, expect, it } from 'vitest'
import { arm, lasting, reloaded, uuidOf } from '../engine/host-of.ts'
import { bound, refusal, running } from './hosts.ts'

describe('patch 26: GSP client per vGPU', () => {
  it('is its own, and its handle is the device instance id of the plugin', () => {
    const { gpu, vgpu } = running()
    expect(vgpu.client).toBe(0xc1d00003)
    expect(gpu.gsp.plugins[1]?.instance).toBe(0xc1d00003)
  })

  // nine ways down the ladder of patches 19 to 28; test/engine/ladder.test.ts takes every visit of every point
  it.each<[string, string, string, number]>([
    ['the framebuffer', 'ops.allocFbmem', 'ENOSPC', 0],
    ['the channels', 'ops.allocChids', 'ENOSPC', 0],
    ['the heap', 'ops.allocFbmem', 'ENOSPC', 1],
    ['the mapping', 'ops.bar1MapMem', 'ENOMEM', 0],
    ['the client', 'ops.allocGspClient', 'ENOMEM', 0],
    ['the bootload', 'ops.rmCtrlWr', 'EINVAL', 0],
    ['the boot of the task', 'plugin.boot', 'ETIMEDOUT', 0],
    ['the negotiation', 'rpc.1', 'EINVAL', 0],
    ['the configuration', 'rpc.2', 'EINVAL', 0],
  ])('leaves every counter as it was when %s fails', (_, point, errno, after) => {
    const { state, host } = bound()
    const before = reloaded(state)
    arm(state, point, point.startsWith('ops.') ? errno : 'drop', after)
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(refusal({ errno }))
    expect(lasting(state)).toEqual(lasting(before))
  })
})
