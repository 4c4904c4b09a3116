import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { controlName } from '../../src/abi/controls.ts'
import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK as BOOTLOAD,
  NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS,
} from '../../src/abi/ctrl2080.ts'
import {
  NV_VGPU_MSG_EVENT_GSP_INIT_DONE,
  NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER,
  NV_VGPU_MSG_EVENT_VGPU_CONFIG,
  NV_VGPU_MSG_EVENT_VGPU_GSP_PLUGIN_TRIGGERED,
  NV_VGPU_MSG_FUNCTION_NOP,
  rpc_gsp_rm_control_v03_00,
  rpc_run_cpu_sequencer_v17_00,
  rpc_vgpu_config_event_v17_00,
  rpc_vgpu_gsp_plugin_triggered_v17_00,
} from '../../src/abi/gsp-rpc.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import { PCI_COMMAND } from '../../src/abi/pci.ts'
import { V2_METADATA_BLOB_HDR, V2_METADATA_HDR, V2_VGPU_TYPE_BLOB_HDR } from '../../src/abi/v2-570.ts'
import { GspFwWprMeta } from '../../src/abi/wpr-meta.ts'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { guestFbLength } from '../../src/catalog/guest-fb.ts'
import { PROFILES } from '../../src/catalog/profiles.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { vgpuParams } from '../../src/engine/attributes.ts'
import { boardOf } from '../../src/engine/board-of.ts'
import { typeStatus } from '../../src/engine/gsp/type-rules.ts'
import { desktopOf } from '../../src/engine/guest/displays.ts'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { ENTRY_BYTES, type GspPort } from '../../src/engine/hw/msgq.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { knownTypes } from '../../src/engine/known-types.ts'
import { Machine } from '../../src/engine/machine.ts'
import { metadataFile, summed } from '../../src/engine/metadata-file.ts'
import { newHost, poweredOn } from '../../src/engine/new-host.ts'
import { linesOf } from '../../src/engine/nvkm/ce-scrub.ts'
import { vgaWorkspaceAddr } from '../../src/engine/nvkm/fb-layout.ts'
import { smiView } from '../../src/engine/smi/facts.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import type { GpuState, HostState, ProfileName } from '../../src/engine/state.ts'
import { SHARED_TYPES } from '../../src/engine/type-storage.ts'
import { readMetadata } from '../../src/engine/vgpu-mgr/metadata.ts'
import { enumeratedVgpus } from '../../src/engine/views/gsp-answers.ts'
import { NV_ERR_INSUFFICIENT_RESOURCES, NV_OK } from '../../src/errors/nv-status.ts'
import { boundHost } from './bound-host.ts'
import { arm, gpuOf, hostOf, lasting, reloaded, uuidOf } from './host-of.ts'
import { bare, opened } from './opened.ts'
import { refusal } from './refusal-of.ts'

const lines = (gpu: GpuState) => gpu.klog.lines.map(({ text }) => text)
const seam = (state: HostState, gpu: GpuState, change: (port: GspPort) => Partial<GspPort>) =>
  new Machine(state, gpu, { port: (port) => ({ ...port, ...change(port) }) })

/** Words of the element at a ring's entry. */
function element(ring: Uint8Array, entry: number): DataView {
  return new DataView(ring.buffer, ring.byteOffset + ENTRY_BYTES * (1 + entry), ENTRY_BYTES)
}

/** Rows of the comparison with the sources. */
const ROWS = 24

describe('section 10 of the reference', () => {
  it('J must 1: each of its rows has a test', () => {
    const source = readFileSync(import.meta.filename, 'utf8')
    const held = new Set([...source.matchAll(/\bJ 10\.(\d+): /g)].map(([, row]) => Number(row)))
    expect([...held].sort((a, b) => a - b)).toEqual(Array.from({ length: ROWS }, (_, i) => i + 1))
  })

  it.each([
    ['vf.flr.crs', 8, null],
    ['vf.flr.crs', 9, '0000:c1:00.4: FLR failed CRS case, waited for 1000 ms'],
    ['vf.flr.non-crs', 8, null],
    ['vf.flr.non-crs', 9, '0000:c1:00.4: FLR failed non-CRS case, waited for 1000 ms'],
  ])('J 10.1: at 1000 ms a reset gives up, whatever the device would answer: %s %d times', (point, times, line) => {
    const { state, host, gpu } = bare()
    arm(state, point, 'not-ready').times = times
    const create = () => host.createVgpu({ type: '869', uuid: uuidOf(1), start: true })
    if (line === null) expect(create().changed).toBe(true)
    else {
      expect(refusal(create)).toMatchObject({ errno: 'ENOTTY' })
      expect(lines(gpu)).toContain(line)
    }
  })

  it('J 10.1: the non-CRS loop reads a dword, so that a command of all ones alone is an answer', () => {
    const { machine, vf } = bare()
    machine.vfio(vf).setCurrentVgpuType(869)
    const config = new ConfigSpace(vf.config, (bytes) => {
      vf.config = bytes
    })
    config.write16(PCI_COMMAND, 0xffff)
    config.save()
    expect(() =>
      machine.vfio(vf).open({ vm: 'vm', pid: 1 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) }),
    ).not.toThrow()
  })

  it.each<[ProfileName, number]>([
    ['rfc-v1', 0],
    ['v2', 0],
    ['vgpu17', 876],
  ])('J 10.2: bootload names the type under %s: %d', (profile, vgpuType) => {
    const { state, host, gpu } = hostOf({ profile })
    host.enableVfs({ count: 2 })
    arm(state, 'plugin.boot', 'hang')
    state.tracing = true
    expect(() =>
      host.createVgpu({ type: profile === 'rfc-v1' ? '869' : 'L40-8Q', uuid: uuidOf(1), start: true }),
    ).toThrow()
    const bootload = gpu.trace.records.find(({ name, direction }) => /BOOTLOAD/.test(name) && direction === 'nvkm>gsp')
    if (!bootload) throw new Error('no bootload was sent')
    const params = fromSparse(bootload.bytes, bootload.size).subarray(rpc_gsp_rm_control_v03_00.size)
    expect(BOOTLOAD.params.get(params, 'vgpuType')).toBe(vgpuType)
    expect(PROFILES[profile].vgpuTypeInBootload).toBe(vgpuType !== 0)
  })

  it.each<[ProfileName, boolean]>([
    ['rfc-v1', false],
    ['v2', true],
    ['vgpu17', true],
  ])('J 10.3: a vGPU without a VM process under %s, refused: %s', (profile, refused) => {
    const { gpu, machine, vf } = bare(profile)
    machine.vfio(vf).setCurrentVgpuType(869)
    const open = () =>
      machine
        .vfio(vf)
        .open({ vm: 'vm', pid: 0 }, { uuid: uuidOf(1), uuidBytes: Uint8Array.from({ length: 16 }, () => 1) })
    if (refused) expect(refusal(open)).toMatchObject({ errno: 'EINVAL', at: 'nvidia_vgpu_mgr_create_vgpu' })
    else open()
    expect(Object.keys(gpu.mgr?.vgpus ?? {})).toHaveLength(refused ? 0 : 1)
  })

  it.each<[ProfileName, string]>([
    ['rfc-v1', 'nvkm'],
    ['v2', 'NovaCore'],
    ['vgpu17', 'nvidia'],
  ])('J 10.4: the core driver of %s calls itself %s', (profile, name) => {
    const { host } = hostOf({ profile })
    expect(host.gpuViews()[0]?.driver.name).toBe(name)
    expect(host.bindGpu().warnings[0]).toContain(`bound to ${name} already`)
    expect(new Set(host.gspObjects().map(({ owner }) => owner))).toContain(name)
  })

  it.each<[ProfileName, string, string, string]>([
    ['rfc-v1', 'waiting bootload timeout!', 'fail to negotiate rpc version!', 'vGPU RPC initialization is done.'],
    ['v2', 'host_rpc: waiting bootload timeout', 'host_rpc: fail to negotiate rpc version', 'active'],
  ])('J 10.5: the host RPC of %s logs in its own words', (profile, bootTimeout, negotiate, done) => {
    const logged = (point: string | null) => {
      const { state, gpu, host } = bare(profile)
      if (point) arm(state, point, 'drop')
      const create = () => host.createVgpu({ type: '869', uuid: uuidOf(1), start: true })
      if (point) expect(create).toThrow()
      else create()
      return lines(gpu)
    }
    expect(logged('plugin.boot')).toContain(`nvidia-vgpu 0: ${bootTimeout}`)
    expect(logged('rpc.1')).toContain(`nvidia-vgpu 0: ${negotiate}`)
    expect(logged(null)).toContain(`nvidia-vgpu 0: ${done}`)
  })

  describe('J 10.10: a command that GSP cannot read', () => {
    const DAMAGES: Record<string, (words: DataView) => void> = {
      checksum: (words) => words.setUint32(32, words.getUint32(32, true) ^ 1, true),
      'sequence number': (words) => words.setUint32(36, words.getUint32(36, true) ^ 1, true),
      'count of entries': (words) => words.setUint32(40, 9, true),
      signature: (words) => words.setUint32(52, 0, true),
      length: (words) => words.setUint32(56, 8, true),
      payload: (words) => words.setUint32(84, words.getUint32(84, true) ^ 0x100, true),
    }
    it.each(Object.keys(DAMAGES))('gets no answer, and the host’s wait ends by its own clock: %s', (what) => {
      const { state, gpu } = hostOf()
      let armed = true
      const machine = seam(state, gpu, (port) => ({
        doorbell: () => {
          if (armed) DAMAGES[what]?.(element(port.command, gpu.gsp.queue.readPtr))
          armed = false
          port.doorbell()
        },
      }))
      const before = state.now
      expect(refusal(() => machine.nvkm.rm.allocClient())).toMatchObject({ errno: 'ETIMEDOUT', code: 'timeout' })
      expect(state.now - before).toBe(4_000_000)
      machine.interrupt()
      expect(gpu.nvkm.events.UCODE_LIBOS_PRINT).toBe(1)
      expect(lines(gpu).filter((line) => /unknown event/.test(line))).toEqual([])
      // the ring goes on with the next message
      expect(machine.nvkm.rm.allocClient().handle).toBeGreaterThan(0)
    })
  })

  it.each(['checksum', 'sequence number', 'signature', 'count of entries'])(
    'J 10.10: nouveau reads the answer without looking at its %s',
    (what) => {
      const { state, gpu } = hostOf()
      const machine = seam(state, gpu, (port) => ({
        doorbell: () => {
          const at = gpu.gsp.queue.writePtr
          port.doorbell()
          const words = element(port.status, at)
          if (what === 'checksum') words.setUint32(32, 1, true)
          if (what === 'sequence number') words.setUint32(36, 77, true)
          if (what === 'count of entries') words.setUint32(40, 9, true)
          if (what === 'signature') words.setUint32(52, 0, true)
        },
      }))
      expect(machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_NOP, new Uint8Array(8), 8)).toHaveLength(8)
    },
  )

  it.each([
    ['NV_ERR_NOT_READY', 'EBUSY', 0],
    ['NV_ERR_TIMEOUT_RETRY', 'EBUSY', 0],
    ['NV_ERR_NO_MEMORY', 'ENOMEM', 1],
    ['NV_ERR_GENERIC', 'EINVAL', 1],
  ])('J 10.11: %s of a control is %s and logged %d times', (status, errno, logged) => {
    const { state, gpu } = hostOf()
    arm(state, `gsp.${controlName(NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS.cmd)}`, status)
    const machine = new Machine(state, gpu)
    expect(refusal(() => machine.ops.eccEnabled())).toMatchObject({ errno })
    expect(lines(gpu).filter((line) => line.startsWith('gsp: cli:'))).toHaveLength(logged)
  })

  it('J 10.12: GSP_RUN_CPU_SEQUENCER runs the script of registers', () => {
    const { state, gpu } = hostOf()
    const machine = new Machine(state, gpu)
    const script = [
      0, 0x1000, 0xf0, 1, 0x1000, 0xf0, 0x05, 3, 250, 2, 0x1000, 0xff, 0x05, 10, 0x77, 4, 0x1000, 0, 5, 6, 7, 8,
    ]
    const payload = new Uint8Array(rpc_run_cpu_sequencer_v17_00.size + script.length * 4)
    payload.set(rpc_run_cpu_sequencer_v17_00.encode({ bufferSizeDWord: script.length, cmdIndex: script.length }))
    for (const [i, word] of script.entries())
      new DataView(payload.buffer).setUint32(rpc_run_cpu_sequencer_v17_00.size + i * 4, word, true)
    const before = state.now
    machine.gsp.postEvent(NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER, payload)
    machine.interrupt()
    expect(machine.bar0.read32(0x1000)).toBe(0x05)
    expect(state.now - before).toBe(250)
    expect(gpu.klog.lines.filter(({ level }) => level !== 'debug' && level !== 'info')).toEqual([])
  })

  it.each([
    ['an unknown opcode', [0, 0x1000, 1, 77], 'unknown sequencer opcode 0x4d', 0],
    ['an opcode without its words', [0, 0x1000, 1, 0, 0x2000], 'unknown sequencer opcode 0x0', 0],
    ['a poll that is never met', [0, 0x1000, 1, 2, 0x1000, 1, 0, 40, 0x99], 'poll of 0x1000 timed out, error 0x99', 40],
  ])('J 10.12: %s ends the script with a line', (_what, script, line, waited) => {
    const { state, gpu } = hostOf()
    const machine = new Machine(state, gpu)
    const payload = new Uint8Array(40 + script.length * 4)
    const view = new DataView(payload.buffer)
    view.setUint32(4, script.length, true)
    for (const [i, word] of script.entries()) view.setUint32(40 + i * 4, word, true)
    const before = state.now
    machine.gsp.postEvent(NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER, payload)
    machine.interrupt()
    expect(lines(gpu).at(-1)).toContain(line)
    expect(state.now - before).toBe(waited)
    expect(machine.bar0.read32(0x1000)).toBe(1)
  })

  it('J 10.12: GSP_INIT_DONE is polled for, and unknown to the table of handlers', () => {
    const { state, gpu } = hostOf()
    const machine = new Machine(state, gpu)
    expect(gpu.nvkm.events.GSP_INIT_DONE).toBe(1)
    expect(lines(gpu).filter((line) => /unknown event/.test(line))).toEqual([])
    machine.gsp.postEvent(NV_VGPU_MSG_EVENT_GSP_INIT_DONE, new Uint8Array(0))
    machine.interrupt()
    expect(lines(gpu).at(-1)).toContain('unknown event 0x1001 GSP_INIT_DONE')
  })

  it('J 10.12: an event with an rpc_result fails the pending call with EINVAL, and the next call is answered', () => {
    const { state, gpu } = hostOf()
    let armed = true
    const machine = seam(state, gpu, (port) => ({
      doorbell: () => {
        const at = gpu.gsp.queue.writePtr
        if (armed) {
          machine.gsp.postEvent(0x1008, new Uint8Array(0))
          element(port.status, at).setUint32(64, 0x57, true)
        }
        armed = false
        port.doorbell()
      },
    }))
    const call = () => machine.nvkm.rpc.call(NV_VGPU_MSG_FUNCTION_NOP, Uint8Array.of(1, 2), 2)
    expect(refusal(call)).toMatchObject({ errno: 'EINVAL', message: expect.stringContaining('rpc_result 0x57') })
    expect([...call()]).toEqual([1, 2])
    expect(gpu.nvkm.events.GPUACCT_PERFMON_UTIL_SAMPLES).toBeUndefined()
  })

  it('J 10.12: outside a call a message with an rpc_result is dumped, not handled', () => {
    const { state, gpu } = hostOf()
    const machine = seam(state, gpu, (port) => ({ ...port }))
    const port: { status?: Uint8Array } = {}
    const watched = seam(state, gpu, ({ status }) => {
      port.status = status
      return {}
    })
    expect(machine.gpu).toBe(gpu)
    const at = gpu.gsp.queue.writePtr
    watched.gsp.postEvent(0x1004, new Uint8Array(20))
    if (port.status) element(port.status, at).setUint32(64, 1, true)
    watched.interrupt()
    expect(lines(gpu).at(-1)).toContain('gsp: message 0x1004 with rpc_result 0x1')
  })

  it.each([
    [1, 'nvidia-vgpu 0: its plugin task asks for service, notify index 3'],
    [2, '0000:c1:00.0: a plugin task of gfid 2 asks for service, and there is no such vGPU'],
    [0, '0000:c1:00.0: a plugin task of gfid 0 asks for service, and there is no such vGPU'],
  ])('J 10.13: event 0x100d goes to the vGPU of gfid %d', (gfid, line) => {
    const { gpu, machine } = opened()
    const payload = rpc_vgpu_gsp_plugin_triggered_v17_00.encode({ gfid, notifyIndex: 3 })
    machine.gsp.postEvent(NV_VGPU_MSG_EVENT_VGPU_GSP_PLUGIN_TRIGGERED, payload)
    machine.interrupt()
    expect(lines(gpu).at(-1)).toBe(line)
  })

  it.each([
    [0, '0000:c1:00.0: vGPU configuration event 0: guest created'],
    [1, '0000:c1:00.0: vGPU configuration event 1: guest initialising'],
    [2, '0000:c1:00.0: vGPU configuration event 2: guest destroyed'],
    [4, '0000:c1:00.0: vGPU configuration event 4'],
    [5, '0000:c1:00.0: vGPU configuration event 5 does not exist'],
  ])('J 10.13: event 0x1010 with notify index %d reaches the manager', (notifyIndex, line) => {
    const { gpu, machine } = opened()
    machine.gsp.postEvent(NV_VGPU_MSG_EVENT_VGPU_CONFIG, rpc_vgpu_config_event_v17_00.encode({ notifyIndex }))
    machine.interrupt()
    expect(lines(gpu).at(-1)).toBe(line)
  })

  it('J 10.15: a core that enables fewer VFs than asked for is named in the log', () => {
    const { state, host, gpu } = hostOf()
    arm(state, 'pf.sriov', '3')
    host.enableVfs({ count: 8 })
    expect([gpu.hw.numVfs, gpu.vfs.length]).toEqual([3, 3])
    expect(lines(gpu)).toContain('0000:c1:00.0: 8 VFs requested; only 3 enabled')
  })

  it('J 10.16: a VMMU segment size that RM has no name for is refused (a choice of the simulation)', () => {
    const { state, gpu } = hostOf()
    gpu.gsp.vmmuSegmentSize = 96 * 1024 * 1024
    const machine = new Machine(state, gpu)
    machine.nvkm.vgpuMgr().fini()
    expect(refusal(() => machine.nvkm.vgpuMgr().init(null))).toMatchObject({
      errno: 'EINVAL',
      at: 'get_vmmu_segment_size',
    })
  })

  it('J 10.17: a mapping that fails after its range was reserved gives the range back', () => {
    const { state, host, gpu } = bare()
    const before = reloaded(state)
    arm(state, 'nvkm.bar1', 'ENOMEM')
    expect(refusal(() => host.createVgpu({ type: '869', uuid: uuidOf(1), start: true }))).toMatchObject({
      errno: 'ENOMEM',
    })
    expect(gpu.nvkm.bar1.used).toEqual([])
    expect(lasting(state)).toEqual(lasting(before))
  })

  it.each([
    ['nvkm.client', []],
    ['nvkm.device', []],
    [null, ['vgpu']],
  ])('J 10.18: attach makes a client and its device; with %s failing there is %j', (point, left) => {
    const { state, gpu } = hostOf()
    const machine = new Machine(state, gpu)
    machine.nvkm.vgpuMgr().fini()
    expect([gpu.nvkm.clients, gpu.nvkm.devices]).toEqual([[], []])
    if (point !== null) arm(state, point, 'ENOMEM')
    const init = () => machine.nvkm.vgpuMgr().init(null)
    if (point === null) init()
    else expect(refusal(init)).toMatchObject({ errno: 'ENOMEM' })
    expect([gpu.nvkm.clients, gpu.nvkm.devices]).toEqual([left, left])
  })

  it('J 10.21: an ECC share below zero wraps in u64, and the guest gets its type’s length', () => {
    const GIB = 2 ** 30
    const type = { fbLength: GIB, fbReservation: GIB, gspHeapSize: GIB, maxInstance: 32 }
    expect(guestFbLength(type, 32 * GIB, 2 ** 27, 1)).toBe(GIB)
    expect(guestFbLength({ ...type, fbReservation: 0, gspHeapSize: 2 ** 29 }, 32 * GIB, 2 ** 27, 1)).toBe(2 ** 29)
    const host = boundHost(newHost())
    host.setEcc({ on: true })
    host.resetGpu()
    const gpu = gpuOf(host.state)
    host.enableVfs({ count: 4 })
    gpu.nvkm.fbTotal = 32 * 2 ** 20
    expect(host.createVgpu({ type: 'L40-1Q', uuid: uuidOf(1), start: true }).changed).toBe(true)
    expect(gpu.mgr?.vgpus[0]?.fb?.size).toBe(GIB)
  })

  describe('J 10.9: a scrub is a push of the copy engine', () => {
    it('on the last channel of the vGPU, with a line of at most 2 GiB and one FIFO_NONSTALL', () => {
      const { state, host, gpu } = bare()
      state.tracing = true
      host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), start: true })
      const events = () => gpu.trace.records.filter(({ name }) => name === 'FIFO_NONSTALL').length
      expect(events()).toBe(1)
      host.destroyVgpus({ selectors: [], all: true })
      expect(events()).toBe(2)
      expect(linesOf(0x8000_0000)).toEqual({ lineLength: 0x8000_0000, lineCount: 1 })
      expect(linesOf(0xf000_0000)).toEqual({ lineLength: 0x7800_0000, lineCount: 2 })
      expect(linesOf(48 * 2 ** 30)).toEqual({ lineLength: 0x6000_0000, lineCount: 32 })
    })

    it('on the last channel, and a word that never comes is ETIMEDOUT after 4000 ms with nothing left behind', () => {
      const { state, host } = bare()
      const before = reloaded(state)
      arm(state, 'ce.push', 'hang')
      const error = refusal(() => host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), start: true }))
      expect(error).toMatchObject({ errno: 'ETIMEDOUT', message: expect.stringContaining('channel 639') })
      expect(state.now - before.now).toBeGreaterThanOrEqual(4_000_000)
      expect(lasting(state)).toEqual(lasting(before))
    })

    it('without a channel fails with the error of the channel', () => {
      const { state, host } = bare()
      arm(state, 'ce.channel', 'ENOSPC')
      expect(refusal(() => host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), start: true }))).toMatchObject({
        errno: 'ENOSPC',
      })
    })

    it('J 10.8: that fails on release is logged, and the framebuffer is given back', () => {
      const { state, host, gpu } = bare()
      host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), start: true })
      arm(state, 'ce.push', 'hang')
      host.destroyVgpus({ selectors: [], all: true })
      expect(gpu.nvkm.fb.used).toEqual([])
      expect(lines(gpu)).toContainEqual(expect.stringMatching(/scrub failed.*ETIMEDOUT/))
    })
  })

  it('J 10.7: a VF that is unbound with a type gives its instance back', () => {
    const { host, gpu } = bare()
    host.createVgpu({ type: 'L40-24Q', vf: '0', uuid: uuidOf(1), start: false })
    host.createVgpu({ type: 'L40-24Q', vf: '1', uuid: uuidOf(2), start: false })
    const vf = gpu.vfs[0]
    if (!vf) throw new Error('no VF')
    new Machine(host.state, gpu).vfio(vf).remove()
    expect(host.createVgpu({ type: 'L40-24Q', vf: '2', uuid: uuidOf(3), start: false }).changed).toBe(true)
    expect(refusal(() => host.createVgpu({ type: 'L40-24Q', vf: '3', uuid: uuidOf(4), start: false }))).toMatchObject({
      errno: 'ENOSPC',
    })
  })

  it('J 10.14: the VGA workspace follows register 0x625f04', () => {
    const FB = 0xc00000000
    const reg = (addr: number, flags: number) => addr / 0x100 + flags
    expect(vgaWorkspaceAddr(FB, reg(0xbfff80000, 8))).toBe(0xbfff80000)
    expect(vgaWorkspaceAddr(FB, reg(0xbfff80000, 0))).toBe(FB - 0x100000)
    expect(vgaWorkspaceAddr(FB, reg(0xbfff80000, 7))).toBe(FB - 0x100000)
    expect(vgaWorkspaceAddr(FB, reg(FB - 0x100000, 8))).toBe(FB - 0x100000)
    expect(vgaWorkspaceAddr(FB, reg(FB - 0x110000, 8))).toBe(FB - 0x20000)
    const { state, gpu } = hostOf()
    const fresh = poweredOn(boardOf(gpu), 0, { vgpu: true, registryDwords: '' })
    state.gpus[0] = fresh
    const machine = new Machine(state, fresh)
    machine.bar0.write32(0x625f04, reg(0xbfff80000, 8))
    machine.nvkm.probe()
    const meta = GspFwWprMeta.decode(fromSparse(fresh.gsp.wprMeta, 256))
    expect([meta.vgaWorkspaceOffset, meta.vgaWorkspaceSize, meta.gspFwWprEnd]).toEqual([
      0xbfff80000, 0x80000, 0xbfff80000,
    ])
    expect(meta.frtsOffset).toBe(0xbffe80000)
  })

  it.each<[ProfileName, boolean]>([
    ['rfc-v1', false],
    ['v2', false],
    ['vgpu17', true],
  ])('J 10.14: the heap of %s is scrubbed before use: %s', (profile, scrubbed) => {
    const { gpu } = hostOf({ profile })
    expect(gpu.gsp.boot.some(({ step }) => step === 'FB scrub')).toBe(scrubbed)
    expect(gpu.hw.regs['1180fc']).toBe(scrubbed ? 0x60000000 : undefined)
  })

  it('J 10.14: a scrubber that is never done fails the boot with ENOSPC', () => {
    const { state, host, gpu } = hostOf({ profile: 'vgpu17' })
    arm(state, 'hw.scrubber', 'hang')
    const { failed, warnings } = host.resetGpu()
    expect([failed, warnings[0]]).toEqual([true, expect.stringContaining('ENOSPC')])
    expect(gpuOf(state).gsp.boot.at(-1)).toMatchObject({ step: 'FB scrub', errno: 'ENOSPC' })
    expect(gpu.bdf).toBe('0000:c1:00.0')
    expect(host.resetGpu().failed).toBe(false)
  })

  it('J 10.19: suspend reaches the manager before the core driver, resume after it', () => {
    const { state, host, gpu } = opened()
    host.suspendHost()
    expect([gpu.mgr?.suspended, gpu.nvkm.running, gpu.vfs[0]?.paused]).toEqual([true, false, 'host'])
    expect(lines(gpu).at(-1)).toBe('0000:c1:00.0: the vGPU manager is suspended')
    host.resumeHost()
    expect([gpu.mgr?.suspended, gpu.nvkm.running, gpu.vfs[0]?.paused]).toEqual([false, true, null])
    expect(lines(gpu).at(-1)).toBe('0000:c1:00.0: the vGPU manager is back')
    expect(checkHost(state, [0])).toEqual([])
  })

  it('J 10.19: the manager refuses with EBUSY while a VM runs, and nothing is suspended', () => {
    const { state, host, gpu } = opened()
    const before = reloaded(state)
    expect(refusal(() => host.suspendHost({ strict: true }))).toMatchObject({
      errno: 'EBUSY',
      at: 'nvidia_vgpu_mgr_suspend',
    })
    expect(lasting(state)).toEqual(lasting(before))
    expect([state.suspended, gpu.mgr?.suspended, gpu.nvkm.running]).toEqual([false, false, true])
  })

  it('J 10.19: a core driver that does not suspend brings its manager back', () => {
    const { state, host, gpu } = opened()
    const before = reloaded(state)
    arm(state, 'gsp.suspend', 'EIO')
    expect(refusal(() => host.suspendHost())).toMatchObject({ errno: 'EIO' })
    expect(lasting(state)).toEqual(lasting(before))
    expect(gpu.mgr?.suspended).toBe(false)
  })

  describe('J 10.22: what GSP checks of a bootload', () => {
    const PARAMS = BOOTLOAD.params
    type Params = ReturnType<typeof PARAMS.decode>
    /** The bootload of a second vGPU under vgpu17, changed on its way. */
    function bootloadOf(change: (boot: Params) => Partial<Params>) {
      const { state, host, gpu } = hostOf({ profile: 'vgpu17' })
      host.enableVfs({ count: 4 })
      host.createVgpu({ type: 'L40-8Q', vf: '0', uuid: uuidOf(1), start: true })
      const seen: Params[] = []
      const machine = new Machine(state, gpu, {
        ops: (ops) => ({
          ...ops,
          rmCtrlWr(client, cmd, params) {
            if (cmd !== BOOTLOAD.cmd) return ops.rmCtrlWr(client, cmd, params)
            const boot = PARAMS.decode(params)
            seen.push(structuredClone(boot))
            ops.rmCtrlWr(client, cmd, PARAMS.encode({ ...boot, ...change(boot) }))
          },
        }),
      })
      const vf = gpu.vfs[1]
      if (!vf) throw new Error('no VF')
      machine.vfio(vf).setCurrentVgpuType(876)
      const open = () =>
        machine.vfio(vf).open({ vm: 'vm', pid: 7 }, { uuid: uuidOf(2), uuidBytes: new Uint8Array(16).fill(1) })
      return { open, gpu, boot: () => seen[0] }
    }
    const engines = (boot: Params, offset: number) => ({
      chidOffset: boot.chidOffset.map((known) => (known === 0 ? 0 : offset)),
    })

    it('accepts it as the host sends it', () => {
      const { open, gpu } = bootloadOf(() => ({}))
      open()
      expect(gpu.gsp.plugins[2]?.state).toBe('running')
    })

    it.each<[string, (boot: Params) => Partial<Params>, string]>([
      ['channels of another vGPU', (boot) => engines(boot, 255), 'NV_ERR_INSUFFICIENT_RESOURCES'],
      ['channels beyond the GPU', (boot) => engines(boot, 1793), 'NV_ERR_INVALID_ARGUMENT'],
      ['no channels', () => ({ numChannels: 0 }), 'NV_ERR_INVALID_ARGUMENT'],
      ['more plugin channels than channels', () => ({ numPluginChannels: 257 }), 'NV_ERR_INVALID_ARGUMENT'],
      [
        'channels for an engine that the GPU has not',
        (boot) => ({ chidOffset: boot.chidOffset.with(2, 256) }),
        'NV_ERR_INVALID_ARGUMENT',
      ],
      ['two offsets', (boot) => ({ chidOffset: boot.chidOffset.with(9, 512) }), 'NV_ERR_INVALID_ARGUMENT'],
      [
        'a framebuffer that is not the type’s',
        (boot) => ({ guestFbLengthList: boot.guestFbLengthList.with(0, 2 ** 27) }),
        'NV_ERR_INVALID_ARGUMENT',
      ],
      ['a type that is not uploaded', () => ({ vgpuType: 5000 }), 'NV_ERR_NOT_SUPPORTED'],
      [
        'a type of another size',
        (boot) => ({ vgpuType: 874, guestFbLengthList: boot.guestFbLengthList.with(0, 0xe8000000) }),
        'NV_ERR_INVALID_ARGUMENT',
      ],
      ['a MIG instance', () => ({ swizzId: 1 }), 'NV_ERR_INVALID_ARGUMENT'],
      ['a control buffer elsewhere', () => ({ ctrlBuffOffset: 4096 }), 'NV_ERR_INVALID_ARGUMENT'],
      [
        'logs over each other',
        (boot) => ({ vgpuTaskLogBuffOffset: boot.initTaskLogBuffOffset }),
        'NV_ERR_INVALID_ARGUMENT',
      ],
      [
        'a log over the mailbox',
        (boot) => ({ initTaskLogBuffOffset: boot.initTaskLogBuffOffset - 4096 }),
        'NV_ERR_INVALID_ARGUMENT',
      ],
      [
        'a log off its page',
        (boot) => ({ initTaskLogBuffOffset: boot.initTaskLogBuffOffset + 1 }),
        'NV_ERR_INVALID_ARGUMENT',
      ],
      [
        'a log of odd size',
        (boot) => ({ vgpuTaskLogBuffSize: boot.vgpuTaskLogBuffSize - 1 }),
        'NV_ERR_INVALID_ARGUMENT',
      ],
      [
        'a heap off its page',
        (boot) => ({ pluginHeapMemoryPhysAddr: boot.pluginHeapMemoryPhysAddr + 1 }),
        'NV_ERR_INVALID_ARGUMENT',
      ],
      ['two segments', () => ({ numGuestFbSegments: 2 }), 'NV_ERR_INVALID_ARGUMENT'],
    ])('refuses %s', (_what, change, status) => {
      const { open, gpu, boot } = bootloadOf(change)
      expect(refusal(open)).toMatchObject({ errno: 'EINVAL', message: expect.stringContaining(status) })
      expect(boot()?.vgpuType).toBe(876)
      expect(Object.keys(gpu.gsp.plugins)).toEqual(['1'])
    })

    it('refuses one vGPU more than the type allows', () => {
      const { host, gpu } = hostOf({ profile: 'vgpu17' })
      host.enableVfs({ count: 8 })
      for (let n = 0; n < 6; n += 1) host.createVgpu({ type: 'L40-8Q', uuid: uuidOf(n + 1), start: true })
      const held = { state: gpu.gsp, storage: SHARED_TYPES }
      const fbSize = gpu.gsp.plugins[1]?.fb.size ?? 0
      expect(typeStatus(held, { gfid: 7, vgpuType: 876, swizzId: 0, fbSize })).toBe(NV_ERR_INSUFFICIENT_RESOURCES)
      gpu.gsp.heterogeneous = true
      expect(typeStatus(held, { gfid: 7, vgpuType: 876, swizzId: 0, fbSize })).toBe(NV_OK)
    })

    it.each<ProfileName>(['rfc-v1', 'v2'])('under %s the type comes with message 2, which checks it', (profile) => {
      const { state, host, gpu } = bare(profile)
      const blob = NVA081_CTRL_VGPU_INFO.decode(SHARED_TYPES.peek(gpu.gsp.types[0] ?? { vgpuType: 0, blob: null }))
      gpu.gsp.types[0] = SHARED_TYPES.put(NVA081_CTRL_VGPU_INFO.encode({ ...blob, fbLength: blob.fbLength * 2 }))
      const create = () => host.createVgpu({ type: String(blob.vgpuType), uuid: uuidOf(1), start: true })
      expect(refusal(create)).toMatchObject({ errno: 'EINVAL', message: expect.stringContaining('returned result 3') })
      expect([gpu.gsp.plugins, checkHost(state, [0])]).toEqual([{}, []])
    })
  })

  describe('J 10.23: a failed vGPU', () => {
    it('has a failed task, which a reset brings back to a clean state', () => {
      const { state, host, gpu } = opened()
      host.injectXid({ channel: 512, xid: 31 })
      expect([gpu.gsp.plugins[1]?.state, gpu.gsp.plugins[1]?.busMaster, gpu.mgr?.vgpus[0]?.failed?.xid]).toEqual([
        'failed',
        false,
        31,
      ])
      expect(checkHost(state, [0])).toEqual([])
      expect(refusal(() => new Machine(state, gpu).mgr.rpc(0).getGuestInfo())).toMatchObject({ errno: 'EINVAL' })
      host.resetVfio({ vf: '0' })
      expect([gpu.gsp.plugins[1]?.state, gpu.mgr?.vgpus[0]?.failed]).toEqual(['running', null])
      expect(checkHost(state, [0])).toEqual([])
    })

    it.each([
      [511, 'running', 'running'],
      [512, 'failed', 'running'],
      [543, 'failed', 'running'],
      [544, 'running', 'failed'],
    ])('is the one whose block has channel %d', (channel, first, second) => {
      const { host, gpu } = opened()
      host.createVgpu({ type: '869', vf: '1', uuid: uuidOf(2), start: true })
      host.injectXid({ channel, xid: 31 })
      expect([gpu.gsp.plugins[1]?.state, gpu.gsp.plugins[2]?.state]).toEqual([first, second])
    })

    it('stays failed under rfc-v1, whose reset does nothing', () => {
      const { host, gpu } = opened('rfc-v1')
      host.injectXid({ channel: 512, xid: 31 })
      host.resetVfio({ vf: '0' })
      expect([gpu.gsp.plugins[1]?.state, gpu.mgr?.vgpus[0]?.failed?.xid]).toEqual(['failed', 31])
    })

    it('can be stopped and started', () => {
      const { host, gpu } = opened()
      host.injectXid({ channel: 512, xid: 31 })
      host.closeVfio({ vf: '0' })
      expect(gpu.gsp.plugins).toEqual({})
      host.openVfio({ vf: '0', vm: 'vm', uuid: uuidOf(1) })
      expect(gpu.gsp.plugins[1]?.state).toBe('running')
    })
  })

  describe('J 10.6: the manager of v2 loads its metadata file', () => {
    it.each<[string, string, string]>([
      ['missing', 'ENOENT', 'nvidia/vgpu-535.113.01.bin is missing'],
      ['short', 'EINVAL', 'it is too short'],
      ['checksum', 'EINVAL', 'its checksum is wrong'],
      ['identifier', 'EINVAL', 'its identifier is wrong'],
      ['wrong-version', 'EINVAL', 'it belongs to GSP 935.113.01, and 535.113.01 runs'],
      ['unsupported', 'EINVAL', 'vGPU 99.1 is not supported with GSP 535.113.01'],
      ['no-types', 'EINVAL', 'it has no type for device 0x26b5'],
      ['EIO', 'EIO', 'is missing'],
    ])('and does not come up with a file that is %s: %s', (effect, errno, said) => {
      const { state, gpu } = bare()
      for (const vf of gpu.vfs) new Machine(state, gpu).vfio(vf).remove()
      const [vf] = gpu.vfs
      if (!vf) throw new Error('no VF')
      const before = reloaded(state)
      arm(state, 'firmware.vgpu', effect)
      const probe = () => new Machine(state, gpu).vfio(vf).probe()
      expect(refusal(probe)).toMatchObject({ errno, message: expect.stringContaining(said) })
      expect([gpu.mgr, gpu.nvkm.handle, lasting(state)]).toEqual([null, false, lasting(before)])
      probe()
      expect(gpu.mgr?.types.length).toBeGreaterThan(10)
    })

    it('asks GSP for its release first, and uploads the file’s own parameters', () => {
      const { gpu } = bare()
      const [type] = gpu.gsp.types
      expect(gpu.mgr?.types).toEqual(gpu.gsp.types.map(({ vgpuType }) => vgpuType))
      expect(type?.blob).toBeNull()
    })

    it.each<ProfileName>(['rfc-v1', 'vgpu17'])('and %s has no such file', (profile) => {
      const { state, host } = hostOf({ profile })
      arm(state, 'firmware.vgpu', 'missing')
      expect(host.enableVfs({ count: 1 }).failed ?? false).toBe(false)
      expect(state.faults[0]?.hits).toBe(0)
    })

    const RELEASE = { major: 18, minor: 1, gspVersion: '535.113.01' }
    const WANTED = { ...RELEASE, deviceId: 0x26b5 }
    const own = () => metadataFile(0x26b5, knownTypes(newHost(), boardOf(gpuOf(newHost()))), RELEASE)

    it('skips the blobs of other devices and of other kinds', () => {
      const mine = own()
      const blob = mine.slice(V2_METADATA_HDR.size)
      const other = blob.slice()
      other.set(
        V2_VGPU_TYPE_BLOB_HDR.encode({ ...V2_VGPU_TYPE_BLOB_HDR.decode(other.subarray(16, 72)), device_id: 0x26b1 }),
        16,
      )
      const odd = blob.slice()
      odd.set(V2_METADATA_BLOB_HDR.encode({ type: 7, size: odd.length }))
      const file = new Uint8Array([...mine.subarray(0, V2_METADATA_HDR.size), ...other, ...odd, ...blob])
      file.set(
        V2_METADATA_HDR.encode({ ...V2_METADATA_HDR.decode(mine.subarray(0, V2_METADATA_HDR.size)), num_blobs: 3 }),
      )
      expect(readMetadata(summed(file), WANTED)).toEqual(readMetadata(mine, WANTED))
    })

    it.each<[string, (file: Uint8Array) => void, string]>([
      ['no blob', (file) => file.set([0], V2_METADATA_HDR.fields.num_blobs.offset), 'it has no blob'],
      [
        'one blob more than it has',
        (file) => file.set([2], V2_METADATA_HDR.fields.num_blobs.offset),
        'it is too short',
      ],
      ['a blob of another size', (file) => file.set([9], V2_METADATA_HDR.size + 8), 'the size of a blob is wrong'],
      [
        'another number of types',
        (file) => file.set([1], V2_METADATA_HDR.size + 16 + 32),
        'the number of types is wrong',
      ],
      [
        'another minor release',
        (file) => file.set([2], V2_METADATA_HDR.fields.vgpu_minor.offset),
        'vGPU 18.2 is not supported',
      ],
    ])('refuses a file with %s', (_what, damage, said) => {
      const file = own()
      damage(file)
      if (_what === 'one blob more than it has')
        file.set(
          V2_VGPU_TYPE_BLOB_HDR.encode({ ...V2_VGPU_TYPE_BLOB_HDR.decode(file.subarray(248, 304)), device_id: 1 }),
          248,
        )
      expect(refusal(() => readMetadata(summed(file), WANTED))).toMatchObject({
        errno: 'EINVAL',
        message: expect.stringContaining(said),
      })
    })
  })

  describe('J 10.24: controls that nobody called', () => {
    const named = (gpu: GpuState, name: string) =>
      gpu.trace.records.filter((record) => record.name === `NV2080_CTRL_CMD_${name}` && record.direction === 'nvkm>gsp')

    it('v2 asks for the firmware’s release when a manager comes up', () => {
      const { state, host, gpu } = hostOf()
      state.tracing = true
      host.enableVfs({ count: 1 })
      expect(named(gpu, 'GSP_GET_FEATURES')).toHaveLength(1)
    })

    it.each<[ProfileName, number]>([
      ['v2', 0],
      ['vgpu17', 1],
    ])('%s sets the encoder’s share and clears the guest: %d', (profile, times) => {
      const { state, host, gpu } = hostOf({ profile })
      host.enableVfs({ count: 1 })
      state.tracing = true
      host.createVgpu({ type: 'L40-8Q', uuid: uuidOf(1), start: true })
      expect(gpu.gsp.plugins[1]?.encoderCapacity).toBe(100)
      host.destroyVgpus({ selectors: [], all: true })
      expect(named(gpu, 'VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY')).toHaveLength(times)
      expect(named(gpu, 'VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO')).toHaveLength(times)
      expect(checkHost(state, [0])).toEqual([])
    })

    it('the encoder’s share is the type’s', () => {
      const { state, host, gpu } = hostOf({ profile: 'vgpu17' })
      host.enableVfs({ count: 1 })
      const machine = new Machine(state, gpu)
      const find = machine.mgr.findType.bind(machine.mgr)
      machine.mgr.findType = (id, at) => ({ ...find(id, at), encoderCapacity: 40 })
      const [vf] = gpu.vfs
      if (!vf) throw new Error('no VF')
      machine.vfio(vf).setCurrentVgpuType(876)
      machine.vfio(vf).open({ vm: 'vm', pid: 7 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) })
      expect(gpu.gsp.plugins[1]?.encoderCapacity).toBe(40)
    })

    it('nvidia-smi shows what ENUMERATE and FB_USAGE say', () => {
      const { state, gpu, host } = bare()
      host.createVgpu({ type: '869', uuid: uuidOf(1), start: true })
      const plugin = gpu.gsp.plugins[1]
      if (!plugin?.guest) throw new Error('no guest')
      plugin.guest = { ...plugin.guest, guestDriverVersion: '999.99', licensed: true, frameRateLimit: 7 }
      plugin.fb = { ...plugin.fb, size: 3 * 2 ** 20 }
      const [shown] = smiView(state, [0]).gpus[0]?.vgpus ?? []
      expect(shown).toMatchObject({ guestDriver: '999.99', license: 'Licensed (Expiry: Permanent)', frameRateLimit: 7 })
      expect(shown?.residentMiB).toBe(3 + 32)
      expect(enumeratedVgpus(gpu).get(1)?.vgpuDevice).toMatchObject({
        gfid: 1,
        fbUsed: 3 * 2 ** 20,
        bDriverLoaded: true,
      })
      plugin.guest = null
      expect(smiView(state, [0]).gpus[0]?.vgpus[0]).toMatchObject({
        guestDriver: null,
        license: 'N/A (Expiry: N/A)',
        eccMode: 'N/A',
      })
    })
  })

  it.each<[string | undefined, boolean]>([
    ['windows', true],
    ['linux', false],
    [undefined, false],
  ])('J 10.20: `vfio open --tcc` for a guest of %s, accepted: %s', (guestOs, accepted) => {
    const { host, vf } = bare()
    host.createVgpu({ type: 'L40-4C', vf: '0', uuid: uuidOf(1), start: false })
    const open = () =>
      host.openVfio({ vf: '0', vm: 'calc', tcc: true, uuid: uuidOf(1), ...(guestOs ? { guestOs } : {}) })
    if (accepted) expect([open().changed, vf.opened?.tcc]).toEqual([true, true])
    else expect(refusal(open)).toMatchObject({ errno: 'EINVAL', code: 'invalid-argument' })
    expect(vf.opened !== null).toBe(accepted)
  })

  it('J 10.20: the desktop of a guest has the size of its type, and a head of it', () => {
    const { host, state } = bare('vgpu17')
    host.createVgpu({ type: 'L40-1A', vf: '0', uuid: uuidOf(1), start: true })
    host.createVgpu({ type: 'L40-1B', vf: '1', uuid: uuidOf(2), start: true })
    const sessions = Array.from({ length: 120 }, (_, second) => smiView(state, [0], second * 1_000_000)).flatMap(
      ({ gpus }) => gpus[0]?.vgpus.map(({ typeId, session }) => session && [typeId, session.width, session.height]),
    )
    const sizes = new Set(sessions.flatMap((session) => (session ? session.join(' ') : [])))
    expect([...sizes].sort()).toEqual(['869 1920 1080', '881 1280 1024'])
  })

  it('J 10.20: the desktop of every type has room in its resolution and its pixels', () => {
    const types = boardNames().flatMap((name) => typesOfBoard(findBoard(name)?.typeBoard ?? '', true))
    expect(types.length).toBeGreaterThan(100)
    for (const type of types) {
      const { width, height } = desktopOf(type)
      const fits = width <= type.maxResolutionX && height <= type.maxResolutionY && width * height <= type.maxPixels
      expect(fits && type.numHeads > 0, type.vgpuName).toBe(true)
    }
  })

  it.each(['num_heads=2', 'max_resolution=1920x1080', 'display_width=800'])(
    'J 10.20: no parameter of a vGPU asks for heads or a resolution: %s is refused',
    (value) => {
      expect(refusal(() => vgpuParams([{ name: 'vgpu_params', value }]))).toMatchObject({
        errno: 'EINVAL',
        message: `vgpu_params has no parameter "${value.split('=')[0]}"`,
      })
    },
  )
})
