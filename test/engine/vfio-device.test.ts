import { describe, expect, it } from 'vitest'
import { PCI_CAP_ID_EXP, PCI_EXP_DEVCAP } from '../../src/abi/pci.ts'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { findCapability } from '../../src/engine/hw/pci-caps.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { klogLines } from '../../src/engine/klog.ts'
import { Machine } from '../../src/engine/machine.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import type { HostState, ProfileName, VfState } from '../../src/engine/state.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { arm, DRIVER, lasting, reloaded, unbound, uuidOf } from './host-of.ts'
import { bare, opened, vfAt } from './opened.ts'

const refusal = (errno: string) => expect.objectContaining({ errno })
const IDENTITY = { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) }

/** A VF with type 869, closed. */
function closed(profile: ProfileName = 'v2') {
  const made = bare(profile)
  made.machine.vfio(made.vf).setCurrentVgpuType(869)
  const open = () => made.machine.vfio(made.vf).open({ vm: 'vm', pid: 1 }, IDENTITY)
  const lines = () => klogLines(made.gpu.klog).map((line) => line.text)
  return { ...made, open, lines }
}

function configOf(vf: VfState): ConfigSpace {
  return new ConfigSpace(vf.config, (sparse) => {
    vf.config = sparse
  })
}

/** Removes the function-level reset from a VF's capabilities. */
function withoutFlr(vf: VfState): void {
  const config = configOf(vf)
  config.write32(findCapability(config, PCI_CAP_ID_EXP) + PCI_EXP_DEVCAP, 0)
  config.save()
}

describe('the function-level reset of an open under v2', () => {
  it.each<[string, string, number, number]>([
    ['comes back at once', 'none', 1, 100],
    ['is not ready for one poll', 'vf.flr.crs', 1, 200],
    ['is not ready for eight polls', 'vf.flr.crs', 8, 900],
    ['reads all ones for one poll', 'vf.flr.non-crs', 1, 200],
    ['reads all ones for eight polls', 'vf.flr.non-crs', 8, 900],
  ])('that %s waits its time and succeeds', (_what, point, times, milliseconds) => {
    const { state, vf, machine, open } = closed()
    state.faults.push({ id: 1, point, effect: 'not-ready', after: 0, times, hits: 0, struck: 0 })
    const spent: number[] = []
    const at = state.now
    const create = machine.mgr.create.bind(machine.mgr)
    machine.mgr.create = (request) => {
      spent.push(state.now - at)
      return create(request)
    }
    open()
    expect(spent).toEqual([milliseconds * 1000])
    expect([vf.opened?.vm, vf.disconnected]).toEqual(['vm', false])
  })

  it.each<[string, string, string]>([
    ['vf.flr.crs', 'ENOTTY', '0000:c1:00.4: FLR failed CRS case, waited for 1000 ms'],
    ['vf.flr.non-crs', 'ENOTTY', '0000:c1:00.4: FLR failed non-CRS case, waited for 1000 ms'],
  ])(
    'that stays away at %s is given up after 1000 ms with %s, and the next open finds no device',
    (point, errno, said) => {
      const { state, vf, open, lines } = closed()
      const before = reloaded(state)
      arm(state, point, 'not-ready').times = 0
      expect(open).toThrow(refusal(errno))
      expect(lines().at(-1)).toBe(said)
      expect(vf).toMatchObject({ opened: null, disconnected: true })
      state.faults = []
      const given = { ...vf, disconnected: false }
      expect(given).toEqual(before.gpus[0]?.vfs[0])
      expect(open).toThrow(refusal('ENOTTY'))
    },
  )

  it('shares its 1000 ms between both loops', () => {
    const { state, open, lines } = closed()
    arm(state, 'vf.flr.crs', 'not-ready').times = 5
    arm(state, 'vf.flr.non-crs', 'not-ready').times = 5
    expect(open).toThrow(refusal('ENOTTY'))
    expect(lines().at(-1)).toBe('0000:c1:00.4: FLR failed non-CRS case, waited for 1000 ms')
  })

  it('is ENOTTY for a device that is not there', () => {
    const { state, vf, open } = closed()
    arm(state, 'vf.flr.absent', 'ENOTTY')
    expect(open).toThrow(refusal('ENOTTY'))
    expect(vf.disconnected).toBe(false)
    vf.disconnected = true
    expect(open).toThrow(refusal('ENOTTY'))
  })

  it('is EINVAL without the capability, and says so', () => {
    for (const take of [
      (state: HostState) => void arm(state, 'vf.flr.capability', 'EINVAL'),
      (_state: HostState, vf: VfState) => withoutFlr(vf),
    ]) {
      const { state, vf, open, lines } = closed()
      take(state, vf)
      expect(open).toThrow(refusal('EINVAL'))
      expect(lines().at(-1)).toBe('0000:c1:00.4: FLR capability not present on the VF.')
    }
  })

  it('under rfc-v1 is tried once: ENOTTY without a method, EAGAIN when the device is busy', () => {
    const without = closed('rfc-v1')
    withoutFlr(without.vf)
    expect(without.open).toThrow(refusal('ENOTTY'))
    const busy = closed('rfc-v1')
    arm(busy.state, 'vf.reset', 'EAGAIN')
    expect(busy.open).toThrow(refusal('EAGAIN'))
    busy.open()
    expect(busy.vf.opened?.vm).toBe('vm')
  })
})

describe('probe and remove', () => {
  it.each<[string, number]>([
    ['vf.probe', 0],
    ['vf.sysfs', 0],
    ['vf.debugfs', 0],
    ['vf.debugfs', 1],
    ['vf.debugfs', 2],
    ['vf.register', 0],
  ])('a probe that fails at %s (visit %i) leaves the VF unbound and nothing of it', (point, after) => {
    const { state, host, gpu } = unbound('v2')
    // the test binds the second VF: by then GSP has the types
    host.bindVf('0', DRIVER)
    const before = reloaded(state)
    arm(state, point, 'ENOMEM', after)
    expect(() => host.bindVf('1', DRIVER)).toThrow(refusal('ENOMEM'))
    expect(lasting(state)).toEqual(lasting(before))
    expect(gpu.nvkm.pfListeners).toEqual([0])
    host.bindVf('1', DRIVER)
    expect([gpu.nvkm.pfListeners, gpu.mgr?.refs]).toEqual([[0, 1], 2])
  })

  it('a VF cannot be bound while the PF has no driver: ENODEV under v2', () => {
    const { state, gpu, machine } = unbound2()
    gpu.nvkm.driver = null
    expect(() => machine.vfio(vfAt(gpu, 0)).probe()).toThrow(refusal('ENODEV'))
    expect(state.gpus[0]?.mgr).toBeNull()
  })

  it('removing forgets type, identity, task logs and configuration space', () => {
    const { host, vf } = opened()
    host.closeVfio({ vf: '0' })
    expect(vf.logs.initTask).not.toBe('')
    vf.uuid = null
    host.unbindVf('0')
    expect(vf).toMatchObject({
      driver: null,
      vgpuType: 0,
      uuid: null,
      vconfig: '',
      logs: { initTask: '', vgpuTask: '', kernel: '' },
    })
  })
})

function unbound2() {
  const made = unbound('v2')
  return { ...made, machine: new Machine(made.state, made.gpu) }
}

describe('opening by hand', () => {
  it('a VF whose type was chosen through sysfs gets the UUID that is handed in, and keeps it over close', () => {
    const { host, vf, machine } = bare()
    machine.vfio(vf).setCurrentVgpuType(874)
    expect(vf.uuid).toBeNull()
    host.openVfio({ vf: '0', vm: 'qemu', pid: 4242, guestOs: 'linux', policy: 'ignores', uuid: uuidOf(7) })
    expect(vf.opened).toMatchObject({ vm: 'qemu', pid: 4242, guestOs: 'linux', policy: 'ignores' })
    expect(host.vgpuViewOf(uuidOf(7))).toMatchObject({ state: 'running', vm: 'qemu', pid: 4242 })
    host.closeVfio({ vf: '0' })
    expect([vf.uuid, vf.vgpuType, vf.opened]).toEqual([uuidOf(7), 874, null])
    host.openVfio({ vf: '0', vm: 'again', uuid: uuidOf(8) })
    expect(vf.uuid).toBe(uuidOf(7))
  })

  it('refuses a UUID that another vGPU has, and another one than its own', () => {
    const { host, vf } = opened()
    host.createVgpu({ type: '869', vf: '1', uuid: uuidOf(2), start: false })
    const open = (number: string, uuid: string) => () => host.openVfio({ vf: number, vm: 'vm2', uuid, uuidGiven: true })
    expect(open('1', vf.uuid ?? '')).toThrow(refusal('EEXIST'))
    expect(open('1', uuidOf(3))).toThrow(refusal('EINVAL'))
    expect(open('1', uuidOf(2))().changed).toBe(true)
  })

  it('refuses a VF without a type (v2), one that is not bound, and one bound to vfio-pci', () => {
    const { host, gpu } = bare()
    const open = (vf: string) => () => host.openVfio({ vf, vm: 'vm', uuid: uuidOf(1) })
    expect(open('0')).toThrow(refusal('ENODEV'))
    expect(klogLines(gpu.klog).at(-1)?.text).toBe('0000:c1:00.4: a vGPU type must be chosen before opening VFIO device')
    host.unbindVf('1')
    expect(open('1')).toThrow(refusal('ENODEV'))
    host.bindVf('1', 'vfio-pci')
    expect(open('1')).toThrow(refusal('ENODEV'))
  })

  it('needs no type under rfc-v1, and one that fails leaves none behind', () => {
    const { state, host, vf } = bare('rfc-v1')
    arm(state, 'vf.enable', 'EIO')
    const before = reloaded(state)
    expect(() => host.openVfio({ vf: '0', vm: 'vm', uuid: uuidOf(1) })).toThrow(refusal('EIO'))
    expect(lasting(state)).toEqual(lasting(before))
    host.openVfio({ vf: '0', vm: 'vm', uuid: uuidOf(1) })
    expect([vf.vgpuType, vf.uuid]).toEqual([869, uuidOf(1)])
    expect(checkHost(state, [0])).toEqual([])
  })

  it('under v2 every open starts with a fresh configuration space; under rfc-v1 what the guest wrote at probe time stays', () => {
    for (const [profile, kept] of [
      ['v2', 0],
      ['rfc-v1', 7],
    ] as const) {
      const { host, vf, file } = opened(profile)
      file().write(7, 4, Uint8Array.of(7, 0))
      host.closeVfio({ vf: '0' })
      expect(vf.vconfig === '', profile).toBe(profile === 'v2')
      host.openVfio({ vf: '0', vm: 'vm', uuid: uuidOf(1) })
      expect(fromSparse(vf.vconfig, 4096)[4], profile).toBe(kept)
    }
  })

  it('a close whose vGPU cannot be destroyed warns and goes on', () => {
    const { gpu, vf, machine } = opened()
    machine.mgr.destroy = () => {
      throw new NvError({ errno: 'ENODEV', code: 'no-device', at: 'test', message: 'gone' })
    }
    machine.vfio(vf).close()
    expect(vf.opened).toBeNull()
    expect(klogLines(gpu.klog).at(-1)).toMatchObject({ level: 'warn' })
  })

  it('a close disables MSI-X that the guest had on', () => {
    const { vf, file, host } = opened()
    file().write(7, 0x7e, Uint8Array.of(0, 0xc0))
    expect(configOf(vf).read16(0x7e)).toBe(0xc005)
    host.closeVfio({ vf: '0' })
    expect([configOf(vf).read16(0x7e), configOf(vf).read16(4)]).toEqual([5, 0])
  })
})

describe('task logs', () => {
  it('of the last vGPU are kept from close to the next vGPU, and live while one runs', () => {
    const { host, vf, machine } = opened()
    const live = machine.mgr.heap(0).read(0x204000, 64)
    expect(live[0]).not.toBe(0)
    host.closeVfio({ vf: '0' })
    expect(fromSparse(vf.logs.initTask, 0x20000).subarray(0, 64)).toEqual(live)
    expect(vf.logs.kernel).toBe('')
    const first = vf.logs.vgpuTask
    vf.uuid = null
    host.openVfio({ vf: '0', vm: 'b', uuid: uuidOf(9) })
    expect(vf.logs.vgpuTask).toBe(first)
    host.closeVfio({ vf: '0' })
    expect(vf.logs.vgpuTask).not.toBe(first)
  })

  it('are not kept under rfc-v1, which has no files for them', () => {
    const { host, vf } = opened('rfc-v1')
    host.closeVfio({ vf: '0' })
    expect(vf.logs).toEqual({ initTask: '', vgpuTask: '', kernel: '' })
  })
})
