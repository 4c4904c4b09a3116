import { describe, expect, it } from 'vitest'
import { joined } from '../../src/abi/bytes.ts'
import { MIGRATION_END, MIGRATION_RECORD_KIND, takeMigrationRecords } from '../../src/abi/migration.ts'
import { VGPU_CPU_GSP_CTRL_BUFF_REGION, VGPU_CPU_GSP_MIGRATION_BUFF_REGION_SIZE } from '../../src/abi/vgpu-gsp.ts'
import { Framebuffer } from '../../src/engine/hw/framebuffer.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { Machine } from '../../src/engine/machine.ts'
import { faultPoint } from '../../src/engine/migration/device.ts'
import { decodeImage } from '../../src/engine/migration/image-file.ts'
import { type Arc, arcsTo, type DeviceState } from '../../src/engine/migration/states.ts'
import { type InitOptions, newHost } from '../../src/engine/new-host.ts'
import type { GpuState, HostState, VfState } from '../../src/engine/state.ts'
import { boundHost, type Host } from './bound-host.ts'

const UUID = '11111111-2222-4333-8444-555555555555'
const OTHER = '99999999-2222-4333-8444-555555555555'

interface Bench {
  state: HostState
  host: Host
  gpu: GpuState
  vf: VfState
}

function running(options: InitOptions = {}, type = 'L40-4Q'): Bench {
  const state = newHost(options)
  const host = boundHost(state)
  host.enableVfs({ count: 4, gpu: '0' })
  host.createVgpu({ type, uuid: UUID, name: 'desk7', vm: 'win11', vf: '0/0', start: true })
  return { state, host, ...where(state) }
}

function where(state: HostState): { gpu: GpuState; vf: VfState } {
  for (const gpu of state.gpus) {
    const vf = gpu.vfs.find((known) => known.uuid === UUID)
    if (vf) return { gpu, vf }
  }
  throw new Error('no vGPU')
}

function memory({ gpu, vf }: { gpu: GpuState; vf: VfState }): { fb: Framebuffer; base: number; size: number } {
  const { addr, size } = gpu.mgr?.vgpus[vf.index]?.fb ?? { addr: 0, size: 0 }
  return { fb: new Framebuffer(gpu.hw.fb), base: addr, size }
}

/** Fills pages with different bytes; every third page stays zero. */
function fillPages(at: { gpu: GpuState; vf: VfState }, count: number): void {
  const { fb, base } = memory(at)
  for (let page = 0; page < count; page += 1) {
    if (page % 3 === 2) continue
    const bytes = Uint8Array.from({ length: 4096 }, (_, i) => (i * 31 + page * 7 + 1) & 0xff)
    fb.write(base + page * 4096, bytes)
  }
  fb.flush()
}

/** The guest-visible state: pages, configuration space, registers, the plugin task's own state. */
function guestVisible(state: HostState) {
  const { gpu, vf } = where(state)
  const { fb, base, size } = memory({ gpu, vf })
  const { uuid, vgpuType, numChannels, numPluginChannels, busMaster, encoderCapacity, guest } =
    gpu.gsp.plugins[vf.index + 1] ?? {}
  return {
    pages: fb
      .pages(base, size)
      .map((page) => [page * 4096 - base, Buffer.from(fb.read(page * 4096, 4096)).toString('hex')]),
    vconfig: vf.vconfig,
    hardware: vf.config,
    regs: vf.regs,
    plugin: {
      uuid,
      vgpuType,
      numChannels,
      numPluginChannels,
      busMaster,
      encoderCapacity,
      guest: guest && { ...guest, since: null },
    },
    vm: vf.opened?.vm,
    name: vf.name,
    version: gpu.mgr?.vgpus[vf.index]?.version,
  }
}

function device(bench: Bench) {
  const machine = new Machine(bench.state, bench.gpu)
  return { machine, migration: machine.migration(bench.vf) }
}

const all = (state: HostState) =>
  checkHost(
    state,
    state.gpus.map((_, index) => index),
  )

describe('the states of a VFIO device that migrates', () => {
  const ways: [DeviceState, DeviceState, Arc[]][] = [
    ['RUNNING', 'STOP', ['RUNNING>STOP']],
    ['RUNNING', 'STOP_COPY', ['RUNNING>STOP', 'STOP>STOP_COPY']],
    ['RUNNING', 'PRE_COPY', ['RUNNING>PRE_COPY']],
    ['RUNNING', 'RESUMING', ['RUNNING>STOP', 'STOP>RESUMING']],
    ['PRE_COPY', 'STOP_COPY', ['PRE_COPY>STOP_COPY']],
    ['PRE_COPY', 'RUNNING', ['PRE_COPY>RUNNING']],
    ['PRE_COPY', 'STOP', ['PRE_COPY>RUNNING', 'RUNNING>STOP']],
    ['PRE_COPY', 'RESUMING', ['PRE_COPY>RUNNING', 'RUNNING>STOP', 'STOP>RESUMING']],
    ['STOP', 'RUNNING', ['STOP>RUNNING']],
    ['STOP', 'STOP_COPY', ['STOP>STOP_COPY']],
    ['STOP', 'RESUMING', ['STOP>RESUMING']],
    ['STOP', 'PRE_COPY', ['STOP>RUNNING', 'RUNNING>PRE_COPY']],
    ['STOP_COPY', 'STOP', ['STOP_COPY>STOP']],
    ['STOP_COPY', 'RUNNING', ['STOP_COPY>STOP', 'STOP>RUNNING']],
    ['STOP_COPY', 'RESUMING', ['STOP_COPY>STOP', 'STOP>RESUMING']],
    ['RESUMING', 'STOP', ['RESUMING>STOP']],
    ['RESUMING', 'RUNNING', ['RESUMING>STOP', 'STOP>RUNNING']],
    ['RESUMING', 'STOP_COPY', ['RESUMING>STOP', 'STOP>STOP_COPY']],
    ['RESUMING', 'PRE_COPY', ['RESUMING>STOP', 'STOP>RUNNING', 'RUNNING>PRE_COPY']],
    ['RUNNING', 'RUNNING', []],
  ]
  it.each(ways)('go from %s to %s by the steps %j', (from, to, arcs) => {
    expect(arcsTo(from, to, 'x').map(({ arc }) => arc)).toEqual(arcs)
  })

  it.each<[DeviceState, DeviceState]>([
    ['STOP_COPY', 'PRE_COPY'],
    ['ERROR', 'RUNNING'],
    ['ERROR', 'STOP'],
    ['RUNNING', 'ERROR'],
  ])('never go from %s to %s', (from, to) => {
    expect(() => arcsTo(from, to, 'x')).toThrow(expect.objectContaining({ errno: 'EINVAL', code: 'wrong-state' }))
  })
})

describe('a vGPU that stands still', () => {
  it('is the same guest after suspend and resume, byte for byte, and keeps all it holds', () => {
    const bench = running()
    fillPages(bench, 40)
    const before = guestVisible(bench.state)
    const held = structuredClone({ fb: bench.gpu.nvkm.fb, chid: bench.gpu.nvkm.chid, bar1: bench.gpu.nvkm.bar1 })
    expect(bench.host.suspendVgpus({ selectors: [UUID] }).items[0]?.state).toBe('paused')
    expect(bench.gpu.gsp.plugins[1]?.state).toBe('stopped-work')
    expect(all(bench.state)).toEqual([])
    expect({ fb: bench.gpu.nvkm.fb, chid: bench.gpu.nvkm.chid, bar1: bench.gpu.nvkm.bar1 }).toEqual(held)
    expect(bench.host.suspendVgpus({ selectors: [UUID] })).toMatchObject({ changed: false })
    expect(bench.host.resumeVgpus({ selectors: [], all: true }).items[0]?.state).toBe('running')
    expect(guestVisible(bench.state)).toEqual(before)
    expect(bench.gpu.gsp.plugins[1]?.migration).toBeNull()
  })

  it('suspends several or none', () => {
    const bench = running()
    bench.host.createVgpu({ type: 'L40-4Q', uuid: OTHER, start: true })
    bench.state.faults.push({ id: 1, point: 'rpc.4', effect: '5', after: 1, times: 1, hits: 0, struck: 0 })
    expect(() => bench.host.suspendVgpus({ selectors: [UUID, OTHER] })).toThrow(
      expect.objectContaining({ code: 'firmware-refusal' }),
    )
    expect(bench.vf).toMatchObject({ paused: null, mig: { state: 'RUNNING' } })
  })

  it('goes into a file and comes back on its own VF, byte for byte', () => {
    const bench = running()
    fillPages(bench, 50)
    bench.vf.regs = { '10': 0x1234, '4': 0xffffffff }
    const before = guestVisible(bench.state)
    const free = bench.gpu.nvkm.fb.used.length
    const { file, change } = bench.host.saveVgpu('desk7')
    expect(change.items[0]).toMatchObject({ state: 'configured', framebuffer: null })
    expect(bench.gpu.nvkm.fb.used.length).toBe(free - 2)
    expect(all(bench.state)).toEqual([])
    // another tenant writes to the released memory
    bench.host.createVgpu({ type: 'L40-4Q', uuid: OTHER, start: true, vf: '1' })
    bench.host.destroyVgpus({ selectors: [OTHER] })
    bench.host.restoreVgpu(file)
    expect(guestVisible(bench.state)).toEqual(before)
    expect(all(bench.state)).toEqual([])
    // the driver ran on between the two
    const { vm: later, ...again } = decodeImage(bench.host.saveVgpu(UUID).file)
    const { vm, ...saved } = decodeImage(file)
    expect(again).toEqual(saved)
    expect(later).toEqual({ ...vm, driverUs: later.driverUs })
    expect(later.driverUs).toBeGreaterThan(vm.driverUs ?? Number.POSITIVE_INFINITY)
  })

  it.each(['rfc-v1', 'v2', 'vgpu17', 'vgpu16'] as const)('goes to another VF and another GPU under %s', (profile) => {
    const bench = running({ profile, gpus: 2 }, 'L40-1B')
    fillPages(bench, 10)
    bench.host.enableVfs({ count: 4, gpu: '1' })
    const before = guestVisible(bench.state)
    const { file } = bench.host.saveVgpu(UUID)
    const restored = bench.host.restoreVgpu(file, { vf: '1/1', vm: 'other' })
    expect(restored.items[0]).toMatchObject({ state: 'running', gpu: 1, vfIndex: 1, vm: 'other', name: 'desk7' })
    expect(bench.host.vgpuViews()).toHaveLength(1)
    expect(guestVisible(bench.state)).toEqual({ ...before, vm: 'other', hardware: where(bench.state).vf.config })
    expect(all(bench.state)).toEqual([])
  })

  it('stays paused on its way through a file, and is resumed with message 10', () => {
    const bench = running()
    bench.host.suspendVgpus({ selectors: [UUID] })
    const { file } = bench.host.saveVgpu(UUID)
    expect(bench.host.restoreVgpu(file).items[0]?.state).toBe('paused')
    expect(bench.vf.mig).toEqual({ state: 'STOP', restored: true })
    expect(all(bench.state)).toEqual([])
    bench.state.faults.push({ id: 1, point: 'rpc.10', effect: '5', after: 0, times: 1, hits: 0, struck: 0 })
    expect(() => bench.host.resumeVgpus({ selectors: [UUID] })).toThrow(/message 10/)
  })

  it('is not saved when it does not run, and not restored where it runs', () => {
    const bench = running()
    const { file } = bench.host.saveVgpu(UUID)
    expect(() => bench.host.saveVgpu(UUID)).toThrow(expect.objectContaining({ code: 'not-running' }))
    expect(() => bench.host.suspendVgpus({ selectors: [UUID] })).toThrow(
      expect.objectContaining({ code: 'not-running' }),
    )
    bench.host.startNamed({ selectors: [UUID] })
    expect(() => bench.host.restoreVgpu(file)).toThrow(expect.objectContaining({ errno: 'EEXIST', code: 'exists' }))
  })

  it('leaves the place it was to be restored at as it was, when that fails', () => {
    const bench = running()
    const { file } = bench.host.saveVgpu(UUID)
    const strip = (state: HostState) => {
      const { now: _now, faults: _faults, gpus } = structuredClone(state)
      return gpus.map(({ klog: _klog, vmsStarted: _started, hw, gsp, nvkm, ...gpu }) => [
        { ...gpu, vfs: gpu.vfs.map(({ logs: _logs, ...vf }) => vf) },
        { ...hw, regs: null },
        { ...gsp, queue: null },
        { ...nvkm, queue: null, events: null },
      ])
    }
    const before = strip(bench.state)
    for (const point of [
      'rpc.8',
      'rpc.9',
      'rpc.10',
      'rpc.2',
      'ops.allocFbmem',
      'plugin.boot',
      faultPoint('STOP>RUNNING'),
    ]) {
      for (const vf of [undefined, '2']) {
        bench.state.faults = [{ id: 1, point, effect: '5', after: 0, times: 1, hits: 0, struck: 0 }]
        expect(() => bench.host.restoreVgpu(file, vf === undefined ? {} : { vf })).toThrow(
          expect.objectContaining({ name: 'NvError' }),
        )
        expect(strip(bench.state)).toEqual(before)
        expect(all(bench.state)).toEqual([])
      }
    }
  })
})

describe('the plugin task in a migration', () => {
  it('hands out more than the ring holds, and takes it in again', () => {
    const bench = running()
    const pages = 900
    fillPages(bench, pages)
    const before = guestVisible(bench.state)
    const { file } = bench.host.saveVgpu(UUID)
    expect(file.length).toBeGreaterThan(VGPU_CPU_GSP_MIGRATION_BUFF_REGION_SIZE)
    expect(decodeImage(file).pages.size).toBe(pages - pages / 3)
    bench.host.restoreVgpu(file)
    expect(guestVisible(bench.state)).toEqual(before)
  })

  it('leaves nothing of the guest in the mailbox', () => {
    const bench = running()
    fillPages(bench, 600)
    const { machine, migration } = device(bench)
    migration.setState('STOP_COPY')
    migration.read()
    expect(migration.saveComplete()).toBe(true)
    const heap = bench.gpu.mgr?.vgpus[0]?.heap?.addr ?? 0
    expect(machine.framebuffer.isZero(heap + 0x3000, VGPU_CPU_GSP_MIGRATION_BUFF_REGION_SIZE)).toBe(true)
    machine.flush()
    bench.state.migrations.push({ id: 'x', phase: 'leaving', uuid: UUID, peer: '/b' })
    expect(all(bench.state)).toEqual([])
  })

  it('sends a page again that the guest wrote, and a page that became zero, in a pre-copy', () => {
    const bench = running()
    fillPages(bench, 6)
    const { machine, migration } = device(bench)
    const { addr = 0 } = bench.gpu.mgr?.vgpus[0]?.fb ?? {}
    migration.setState('PRE_COPY')
    const first = migration.read().reduce((sum, part) => sum + part.length, 0)
    expect(first).toBe(4 * (8 + 8 + 4096))
    expect(bench.gpu.gsp.plugins[1]?.state).toBe('running')
    migration.nextRound()
    expect(migration.read()).toEqual([])
    machine.framebuffer.write(addr + 4096, Uint8Array.of(9, 9))
    machine.framebuffer.scrub(addr, 4096)
    migration.nextRound()
    expect(migration.read().reduce((sum, part) => sum + part.length, 0)).toBe(8 + 8 + 4096 + 8 + 8)
    migration.setState('STOP_COPY')
    const rest = migration.read().reduce((sum, part) => sum + part.length, 0)
    // the task's own state and the end mark
    expect(rest).toBeLessThan(4096)
    migration.setState('RUNNING')
    expect(bench.gpu.gsp.plugins[1]).toMatchObject({ state: 'running', migration: null })
  })

  it.each<[string, (bench: ReturnType<typeof device>) => void]>([
    ['after the pre-copy', ({ migration }) => migration.setState('PRE_COPY')],
    ['after the stop', ({ migration }) => migration.setState('STOP')],
    ['in the middle of the copy', ({ migration }) => migration.setState('STOP_COPY')],
    [
      'after the copy',
      ({ migration }) => {
        migration.setState('STOP_COPY')
        migration.read()
      },
    ],
  ])('takes its work up again when a migration is cancelled %s, and can be saved whole then', (_when, go) => {
    const bench = running()
    fillPages(bench, 700)
    const at = device(bench)
    go(at)
    at.migration.setState('RUNNING')
    at.machine.flush()
    expect(bench.gpu.gsp.plugins[1]).toMatchObject({ state: 'running', migration: null })
    expect(all(bench.state)).toEqual([])
    const before = guestVisible(bench.state)
    const { file } = bench.host.saveVgpu(UUID)
    bench.host.restoreVgpu(file)
    expect(guestVisible(bench.state)).toEqual(before)
  })

  it('refuses every message of a migration that comes out of turn', () => {
    const bench = running()
    const { machine } = device(bench)
    const rpc = machine.mgr.migration(0)
    for (const message of [4, 5, 6, 7, 8, 9, 10]) expect(() => rpc.message(message)).toThrow(/result 1/)
    rpc.setInProgress(true)
    for (const message of [5, 8, 9, 10]) expect(() => rpc.message(message)).toThrow(/result 1/)
    rpc.message(4)
    for (const message of [4, 7, 9]) expect(() => rpc.message(message)).toThrow(/result 1/)
  })

  it('does not take a stream of another guest, nor one with something foreign in it', () => {
    const bench = running()
    const { machine, migration } = device(bench)
    migration.setState('RESUMING')
    expect(() => migration.write(Uint8Array.of(9, 0, 0, 0, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8))).toThrow(/result 4/)
    expect(migration.state).toBe('ERROR')
    expect(machine.klog).toBeDefined()
    expect(() => migration.setState('RUNNING')).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
  })

  it('J 3: counts in its end mark the records since the stop, and the state before them', () => {
    const bench = running()
    fillPages(bench, 6)
    const { migration } = device(bench)
    migration.setState('STOP_COPY')
    const found = takeMigrationRecords(joined(migration.read()))
    const kinds = found?.records.map(({ kind }) => kind) ?? []
    const { page, state, end } = MIGRATION_RECORD_KIND
    expect(kinds).toEqual([page, page, page, page, state, end])
    expect(MIGRATION_END.get(found?.records.at(-1)?.body ?? new Uint8Array(0), 'records')).toBe(5)
  })

  it('J 3: the host keeps its place in the ring when a migration goes on', () => {
    const bench = running()
    const { machine } = device(bench)
    const rpc = machine.mgr.migration(0)
    const place = () => {
      const { offset } = VGPU_CPU_GSP_CTRL_BUFF_REGION.fields.migration_buf_cpu_access_offset
      return machine.framebuffer.read32((bench.gpu.mgr?.vgpus[0]?.heap?.addr ?? 0) + offset)
    }
    expect(rpc.saveComplete()).toBe(false)
    rpc.setInProgress(true)
    rpc.message(4)
    rpc.message(6)
    expect(rpc.saveComplete()).toBe(true)
    const { length } = rpc.drain()
    expect([length > 0, place()]).toEqual([true, length])
    rpc.setInProgress(true)
    expect(place()).toBe(length)
    rpc.setInProgress(false)
    rpc.setInProgress(true)
    expect(place()).toBe(0)
  })

  it('J 3: takes its own state after the end mark and not before', () => {
    const { machine } = device(running())
    const rpc = machine.mgr.migration(0)
    rpc.setInProgress(true)
    rpc.message(4)
    rpc.message(8)
    expect(() => rpc.message(9)).toThrow(/result 4/)
  })

  it.each<[Arc, DeviceState, DeviceState]>([
    ['RUNNING>STOP', 'RUNNING', 'STOP'],
    ['STOP>STOP_COPY', 'STOP', 'STOP_COPY'],
    ['STOP_COPY>STOP', 'STOP_COPY', 'STOP'],
    ['RUNNING>PRE_COPY', 'RUNNING', 'PRE_COPY'],
    ['PRE_COPY>STOP_COPY', 'PRE_COPY', 'STOP_COPY'],
    ['PRE_COPY>RUNNING', 'PRE_COPY', 'RUNNING'],
    ['STOP>RUNNING', 'STOP', 'RUNNING'],
    ['STOP>RESUMING', 'STOP', 'RESUMING'],
    ['RESUMING>STOP', 'RESUMING', 'STOP'],
  ])('is in ERROR after %s failed, until it is reset', (arc, from, to) => {
    const bench = running()
    const { migration } = device(bench)
    migration.setState(from)
    bench.state.faults.push({ id: 1, point: faultPoint(arc), effect: 'EIO', after: 0, times: 1, hits: 0, struck: 0 })
    const failing = new Machine(bench.state, bench.gpu).migration(bench.vf)
    expect(() => failing.setState(to)).toThrow(expect.objectContaining({ errno: 'EIO' }))
    expect(bench.vf.mig.state).toBe('ERROR')
    expect(() => failing.setState('RUNNING')).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    expect(bench.host.vgpuViewOf(UUID).state).toBe('failed')
    bench.host.resetVfio({ vf: bench.vf.bdf })
    expect(bench.host.vgpuViewOf(UUID).state).toBe('running')
    expect(bench.gpu.gsp.plugins[1]).toMatchObject({ state: 'running', migration: null })
    expect(all(bench.state)).toEqual([])
  })
})
