import { describe, expect, it } from 'vitest'
import { DRIVER, lasting, reloaded, unbound, uuidOf } from '../engine/host-of.ts'
import { bound, refusal, running } from './hosts.ts'

describe('patch 19: vGPU lifecycle prelude', () => {
  it('has one manager a PF, with one reference for each bound VF, and none after the last', () => {
    const { host, gpu } = unbound('rfc-v1')
    for (const [n, vf] of ['0', '1', '2', '3'].entries()) {
      host.bindVf(vf, DRIVER)
      expect(gpu.mgr?.refs).toBe(n + 1)
    }
    for (const [n, vf] of ['2', '0', '3', '1'].entries()) {
      expect(gpu.mgr?.refs).toBe(4 - n)
      host.unbindVf(vf)
    }
    expect([gpu.mgr, gpu.nvkm.handle]).toEqual([null, false])
  })

  it('refuses a PF with another driver or without support', () => {
    const { gpu, machine } = bound()
    gpu.nvkm.driver = null
    expect(() => machine.mgr.get()).toThrow(refusal({ errno: 'EINVAL' }))
    gpu.nvkm.driver = 'nvkm'
    gpu.nvkm.enabled = false
    expect(() => machine.mgr.get()).toThrow(refusal({ errno: 'ENODEV' }))
  })

  it('releases the manager even when support is gone by then, with a warning', () => {
    const { gpu, machine } = bound()
    gpu.nvkm.enabled = false
    machine.mgr.put()
    expect([gpu.mgr, gpu.nvkm.handle]).toEqual([null, false])
    expect(gpu.klog.lines).toContainEqual(expect.objectContaining({ level: 'warn' }))
  })

  it('lets VF 2 be bound and not opened', () => {
    const { host, state } = unbound('rfc-v1')
    host.bindVf('2', DRIVER)
    const before = reloaded(state)
    expect(() => host.createVgpu({ type: '869', vf: '2', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'EINVAL' }),
    )
    expect(lasting(state)).toEqual(lasting(before))
  })

  it('refuses a second vGPU with the id of the first, one without gfid or address, and destroying twice', () => {
    const { state, machine } = running()
    const type = machine.mgr.findType(869, 'test')
    const request = {
      id: 0,
      gfid: 1,
      dbdf: 0xc104,
      type,
      pid: 1,
      placementId: null,
      uuid: uuidOf(9),
      uuidBytes: new Uint8Array(16),
    }
    const before = reloaded(state)
    expect(() => machine.mgr.create(request)).toThrow(refusal({ errno: 'EBUSY' }))
    expect(() => machine.mgr.create({ ...request, id: 1, gfid: 0 })).toThrow(refusal({ errno: 'EINVAL' }))
    expect(() => machine.mgr.create({ ...request, id: 1, dbdf: 0 })).toThrow(refusal({ errno: 'EINVAL' }))
    expect(lasting(state)).toEqual(lasting(before))
    machine.mgr.destroy(0)
    expect(() => machine.mgr.destroy(0)).toThrow(refusal({ errno: 'ENODEV' }))
  })
})
