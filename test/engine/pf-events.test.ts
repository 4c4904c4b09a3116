import { describe, expect, it } from 'vitest'
import { checkHost } from '../../src/engine/invariants.ts'
import { klogLines } from '../../src/engine/klog.ts'
import { Machine } from '../../src/engine/machine.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { traceRecords } from '../../src/engine/trace.ts'
import { bindGpu, unbindGpu } from '../../src/engine/verbs/power.ts'
import { PF_EVENT, PfEventChain } from '../../src/engine/vfio/pf-events.ts'
import { boundHost } from './bound-host.ts'
import { DRIVER, gpuOf, hostOf, lasting, reloaded, uuidOf } from './host-of.ts'
import { openFor, vfAt } from './opened.ts'

const refusal = (errno: string) => expect.objectContaining({ errno })

/** A chain of listeners that record their calls. */
function chain(order: number[], refuses?: number) {
  const seen: string[] = []
  const listener = (vf: number) => ({
    preparePfEvent(event: number) {
      seen.push(`prepare ${vf} ${event}`)
      if (vf === refuses) throw new Error(`VF ${vf} refuses`)
    },
    pfEvent(event: number, numVfs: number) {
      seen.push(`event ${vf} ${event} ${numVfs}`)
    },
  })
  return { seen, chain: new PfEventChain(order, listener, null) }
}

describe('the chain of PF events', () => {
  it('calls its listeners in the order they registered', () => {
    const { seen, chain: events } = chain([])
    for (const vf of [3, 1, 2]) events.register(vf)
    events.register(1)
    events.unregister(2)
    events.call(PF_EVENT.SRIOV_CONFIGURE, 4)
    expect(seen).toEqual(['prepare 3 1', 'prepare 1 1', 'event 3 1 4', 'event 1 1 4'])
  })

  it('ends at the first error, which is its result; nobody has acted then', () => {
    const { seen, chain: events } = chain([0, 1, 2], 1)
    expect(() => events.call(PF_EVENT.DRIVER_UNBIND)).toThrow('VF 1 refuses')
    expect(seen).toEqual(['prepare 0 2', 'prepare 1 2'])
  })

  it('knows events 0 to 6 and refuses 7 and above with EINVAL', () => {
    for (let event = 0; event < 7; event += 1) expect(() => chain([0]).chain.call(event)).not.toThrow()
    for (const event of [7, 8, 255, -1]) expect(() => chain([0]).chain.call(event)).toThrow(refusal('EINVAL'))
  })

  it('leaves VFs alone on events that are not about them', () => {
    const { state, host, gpu } = hostOf()
    host.enableVfs({ count: 2 })
    openFor(host, 0)
    const before = lasting(reloaded(state))
    const machine = new Machine(state, gpu)
    for (const event of [0, 3, 4, 5, 6]) machine.pfEvents.call(event, 0)
    expect(lasting(state)).toEqual(before)
  })

  it('is traced', () => {
    const { state, host, gpu } = hostOf()
    host.enableVfs({ count: 2 })
    state.tracing = true
    new Machine(state, gpu).pfEvents.call(PF_EVENT.FIFO_NONSTALL)
    expect(traceRecords(gpu.trace).at(-1)).toMatchObject({ kind: 'pf', direction: 'nvkm>vfio', name: 'FIFO_NONSTALL' })
  })
})

describe('SRIOV_CONFIGURE', () => {
  it('0 closes open devices, lets go of the manager and removes every VF', () => {
    const { state, host, gpu } = hostOf()
    host.enableVfs({ count: 4 })
    openFor(host, 0)
    openFor(host, 2)
    host.disableVfs({ raw: true })
    expect([gpu.vfs, gpu.mgr, gpu.nvkm.pfListeners, gpu.gsp.plugins]).toEqual([[], null, [], {}])
    expect(klogLines(gpu.klog).map((line) => line.text)).toContain(
      '0000:c1:00.4: SIGTERM to vm-0 (pid 1001), waiting for the device to be closed',
    )
    expect(checkHost(state, [0])).toEqual([])
  })

  it('concerns the VFs from numVfs on; they stay bound and torn down', () => {
    const { state, host, gpu } = hostOf()
    host.enableVfs({ count: 4 })
    openFor(host, 0)
    openFor(host, 2)
    new Machine(state, gpu).pfEvents.call(PF_EVENT.SRIOV_CONFIGURE, 2)
    expect(gpu.vfs.map((vf) => [vf.driver, vf.unbound, vf.opened?.vm ?? null, vf.vgpuType])).toEqual([
      [DRIVER, false, 'vm-0', 869],
      [DRIVER, false, null, 0],
      [DRIVER, true, null, 0],
      [DRIVER, true, null, 0],
    ])
    expect([gpu.mgr?.refs, gpu.nvkm.pfListeners]).toEqual([2, [0, 1]])
    expect(checkHost(state, [0])).toEqual([])
    const torn = new Machine(state, gpu).vfio(vfAt(gpu, 2))
    torn.vf.vgpuType = 869
    expect(() => torn.open({ vm: 'x', pid: 1 }, { uuid: uuidOf(9), uuidBytes: new Uint8Array(16) })).toThrow(
      refusal('ENODEV'),
    )
    expect(klogLines(gpu.klog).at(-1)?.text).toBe(
      '0000:c1:00.6: the driver has been torn down because PF driver is unbound or the admin is disabling the VF',
    )
  })

  it('a VM that ignores it refuses after 30 s with EBUSY, and nothing has changed, not even for VMs asked before it', () => {
    const { state, host } = hostOf()
    host.enableVfs({ count: 4 })
    openFor(host, 0)
    openFor(host, 1, 'ignores')
    openFor(host, 2)
    const before = reloaded(state)
    for (const act of [() => host.disableVfs({ raw: true }), () => host.disableVfs({ force: true })]) {
      const now = state.now
      expect(act).toThrow(expect.objectContaining({ errno: 'EBUSY', object: '0000:c1:00.5' }))
      expect(lasting(state)).toEqual(lasting(before))
      expect(state.now - now).toBe(30_000_000)
    }
    host.closeVfio({ vf: '1' })
    expect(host.disableVfs({ raw: true }).changed).toBe(true)
  })

  it('does not exist under rfc-v1: a manager refuses with EBUSY and nobody is told', () => {
    const { host, gpu } = hostOf({ profile: 'rfc-v1' })
    host.enableVfs({ count: 2 })
    openFor(host, 0)
    expect(() => host.disableVfs({ raw: true })).toThrow(refusal('EBUSY'))
    expect([vfAt(gpu, 0).opened?.vm, gpu.nvkm.pfListeners]).toEqual(['vm-0', []])
  })
})

describe('DRIVER_UNBIND', () => {
  it('tears every VF down; after the driver is back they can be unbound and bound again', () => {
    const state = newHost({ gpus: 2 })
    const host = boundHost(state)
    for (const gpu of ['0', '1']) host.enableVfs({ gpu, count: 2 })
    host.createVgpu({ type: '869', vf: '0/0', uuid: uuidOf(1), start: true })
    host.createVgpu({ type: '869', vf: '1/0', uuid: uuidOf(2), start: true })
    unbindGpu(state, '0')
    const gpu = gpuOf(state, 0)
    expect(gpu.vfs.map((vf) => [vf.driver, vf.unbound, vf.opened])).toEqual([
      [DRIVER, true, null],
      [DRIVER, true, null],
    ])
    expect([gpu.mgr, gpu.nvkm.driver, gpu.nvkm.enabled]).toEqual([null, null, false])
    expect(host.vgpuViewOf(uuidOf(2)).state).toBe('running')
    expect(checkHost(state, [0, 1])).toEqual([])
    bindGpu(state, '0')
    expect(checkHost(state, [0, 1])).toEqual([])
    expect(host.bindVf('0/0', DRIVER).warnings.join()).toContain('torn down: unbind it first')
    expect(() => host.createVgpu({ type: '869', gpu: '0', uuid: uuidOf(3), start: false })).toThrow(refusal('ENOSPC'))
    host.unbindVf('0/0')
    host.bindVf('0/0', DRIVER)
    expect(host.createVgpu({ type: '869', gpu: '0', uuid: uuidOf(4), start: true }).items[0]?.vf).toBe('0000:c1:00.4')
    expect(checkHost(state, [0, 1])).toEqual([])
  })

  it('is refused by a VM that ignores it; the driver stays', () => {
    const { state, host, gpu } = hostOf()
    host.enableVfs({ count: 2 })
    openFor(host, 1, 'ignores')
    const before = reloaded(state)
    expect(() => unbindGpu(state, undefined)).toThrow(refusal('EBUSY'))
    expect(lasting(state)).toEqual(lasting(before))
    expect(gpu.nvkm.driver).toBe('nvkm')
  })
})
