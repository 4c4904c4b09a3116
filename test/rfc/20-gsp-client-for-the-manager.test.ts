import { describe, expect, it } from 'vitest'
import { arm, DRIVER, lasting, reloaded, unbound } from '../engine/host-of.ts'
import { lines, refusal } from './hosts.ts'

describe('patch 20: GSP client for the manager', () => {
  it('is one more client while any VF is bound', () => {
    const { host, gpu } = unbound('rfc-v1')
    const clients = () => Object.keys(gpu.gsp.clients).length
    expect(clients()).toBe(3)
    for (const vf of ['0', '1']) host.bindVf(vf, DRIVER)
    expect([clients(), gpu.mgr?.client]).toEqual([4, 0xc1d00002])
    for (const vf of ['0', '1']) host.unbindVf(vf)
    expect(clients()).toBe(3)
  })

  it('leaves no manager when it cannot be had, so that the next bind starts from scratch', () => {
    const { host, state, gpu } = unbound('rfc-v1')
    const before = reloaded(state)
    arm(state, 'ops.allocGspClient', 'ENOMEM')
    expect(() => host.bindVf('0', DRIVER)).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(lasting(state)).toEqual(lasting(before))
    expect(lines(gpu).at(-1)).toContain('VF probe failed with ret: ENOMEM')
    host.bindVf('0', DRIVER)
    expect(gpu.mgr?.refs).toBe(1)
  })
})
