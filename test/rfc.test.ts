import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { GiB, KiB, MiB } from '../src/abi/align.ts'
import {
  NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP,
  NV2080_CTRL_GPU_GET_VMMU_SEGMENT_SIZE_PARAMS,
  NV2080_CTRL_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK_PARAMS,
  NV2080_CTRL_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE_PARAMS,
} from '../src/abi/ctrl2080.ts'
import { GSP_VF_INFO, GspSystemInfo } from '../src/abi/gsp-boot.ts'
import { NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO } from '../src/abi/gsp-rpc.ts'
import { NvError } from '../src/abi/nv-error.ts'
import { NVA081_CTRL_VGPU_INFO } from '../src/abi/nva081.ts'
import { formatRoutingId } from '../src/abi/pci.ts'
import { VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, VFIO_DEVICE_PCI_HOT_RESET, VFIO_DEVICE_RESET } from '../src/abi/vfio.ts'
import { GspFwWprMeta } from '../src/abi/wpr-meta.ts'
import { type Board, findBoard } from '../src/catalog/boards.ts'
import { encodeVgpuInfo } from '../src/catalog/vgpu-info.ts'
import { typeById } from '../src/catalog/vgpu-types.ts'
import { Clock } from '../src/engine/clock.ts'
import { peekGspType } from '../src/engine/gsp/types.ts'
import { newHost } from '../src/engine/host.ts'
import { ConfigSpace } from '../src/engine/hw/config-space.ts'
import { ENTRY_BYTES, type GspPort, RING_BYTES } from '../src/engine/hw/msgq.ts'
import { Klog } from '../src/engine/klog.ts'
import { Machine } from '../src/engine/machine.ts'
import { poweredOn } from '../src/engine/new-host.ts'
import { GspEvents } from '../src/engine/nvkm/gsp-events.ts'
import type { NvkmVgpuMgrVfioOps } from '../src/engine/nvkm/ops.ts'
import { type SriovFacts, sriovNumvfsStore } from '../src/engine/nvkm/sriov.ts'
import { unsupportedReason } from '../src/engine/nvkm/vgpu-support.ts'
import { fromSparse } from '../src/engine/sparse.ts'
import type { GpuState, HostState, ProfileName } from '../src/engine/state.ts'
import { arm, DRIVER, gpuOf, hostOf, lasting, reloaded, unbound, uuidOf } from './engine/host-of.ts'

const ENABLED_LINE = 'NVIDIA vGPU mananger support is enabled.'
const LITERAL_UUID = '24ef8ff7-3ed5-11ef-ae36-9758b1cb0c87'
const refusal = (facts: object) => expect.objectContaining(facts)
const lines = (gpu: GpuState) => gpu.klog.lines.map((line) => line.text)

function l40(): Board {
  const board = findBoard('L40')
  if (!board) throw new Error('no L40')
  return board
}

/** A GPU that is on and has no driver yet. */
function cold(board = l40(), { vgpu = true, profile = 'rfc-v1' as ProfileName } = {}) {
  const gpu = poweredOn(board, 0, { vgpu, registryDwords: '' })
  const state: HostState = { ...newHost({ profile }), gpus: [gpu] }
  return { state, gpu, machine: new Machine(state, gpu) }
}

/** A host under the RFC's rules, VFs there and VF 0 bound. */
function bound(profile: ProfileName = 'rfc-v1') {
  const made = unbound(profile)
  made.host.bindVf('0', DRIVER)
  return { ...made, machine: new Machine(made.state, made.gpu) }
}

/** The same with a vGPU of type 869 running on VF 0. */
function running(profile: ProfileName = 'rfc-v1') {
  const made = bound(profile)
  made.host.createVgpu({ type: '869', vf: '0', uuid: LITERAL_UUID, start: true })
  const vgpu = made.gpu.mgr?.vgpus[0]
  if (!vgpu?.fb || !vgpu.heap || !vgpu.bar1 || vgpu.client === null) throw new Error('no vGPU runs')
  return { ...made, machine: new Machine(made.state, made.gpu), vgpu: { ...vgpu, fb: vgpu.fb, heap: vgpu.heap } }
}

/** The same with the device's file at hand, and a way to set a 16-bit register of the VF's own configuration space. */
function fileOf(profile: ProfileName) {
  const made = running(profile)
  const [vf] = made.gpu.vfs
  if (!vf) throw new Error('no VF')
  const hardware = (offset: number, value: number) => {
    const config = new ConfigSpace(vf.config, (sparse) => {
      vf.config = sparse
    })
    config.write16(offset, value)
    config.save()
  }
  const file = () => made.machine.vfio(vf).file()
  return { ...made, vf, hardware, file, device: file() }
}

/** Little-endian bytes as a number. */
function word(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)
}

function meta(gpu: GpuState): Uint8Array {
  return fromSparse(gpu.gsp.wprMeta, GspFwWprMeta.size)
}

interface Seen {
  fn: number
  entries: number
  payload: number
}

/** Watches a queue: function and entries of every message the host writes, by reading the ring when the doorbell rings. */
function watch(gpu: GpuState, seen: Seen[]): (port: GspPort) => GspPort {
  return (port) => {
    const view = new DataView(port.command.buffer)
    let at = gpu.nvkm.queue.writePtr
    const doorbell = () => {
      for (const end = view.getUint32(16, true); at !== end; ) {
        const element = ENTRY_BYTES * (1 + at)
        const entries = view.getUint32(element + 40, true)
        if (entries === 0) throw new Error('lost track of the ring')
        seen.push({ fn: view.getUint32(element + 60, true), entries, payload: view.getUint32(element + 56, true) - 32 })
        at = (at + entries) % (RING_BYTES / ENTRY_BYTES - 1)
      }
      port.doorbell()
    }
    return { ...port, doorbell }
  }
}

describe('patch 1: nvkm/vgpu: support prelude', () => {
  it('supports vGPUs with the parameter on, on Ada, with an SR-IOV capability of at least one VF, and not otherwise', () => {
    for (const parameter of [true, false]) {
      for (const architecture of ['Ada', 'Ampere', 'Hopper', 'Blackwell']) {
        for (const totalVfs of [null, 0, 1, 32]) {
          const reason = unsupportedReason({ parameter, architecture, supportedArchitectures: ['Ada'], totalVfs })
          expect(reason === null).toBe(parameter && architecture === 'Ada' && (totalVfs ?? 0) > 0)
        }
      }
    }
  })

  it('enables it at probe and says so', () => {
    const { gpu, machine } = cold()
    machine.nvkm.probe()
    expect(gpu.nvkm).toMatchObject({ driver: 'nvkm', enabled: true })
    expect(lines(gpu)).toContain(ENABLED_LINE)
  })

  const sriov = l40().sriov
  const a40 = findBoard('A40')
  it.each<[string, Board | undefined, boolean]>([
    ['with the parameter off', l40(), false],
    ['of an older architecture', a40, true],
    ['without an SR-IOV capability', { ...l40(), sriov: null }, true],
    ['whose capability has 0 VFs', { ...l40(), sriov: sriov && { ...sriov, totalVfs: 0 } }, true],
  ])('still probes a GPU %s as a plain one', (_, board, vgpu) => {
    const { gpu, machine } = cold(board, { vgpu })
    machine.nvkm.probe()
    expect(gpu.nvkm).toMatchObject({ driver: 'nvkm', enabled: false, clients: [], running: true })
    expect(GspFwWprMeta.get(meta(gpu), 'gspFwHeapSize')).toBeLessThan(256 * MiB)
    expect(lines(gpu)).not.toContain(ENABLED_LINE)
  })

  it('refuses init with ENODEV when it is not supported', () => {
    const { machine } = cold(l40(), { vgpu: false })
    expect(() => machine.nvkm.vgpuMgr().init(machine.nvkm.unsupported())).toThrow(refusal({ errno: 'ENODEV' }))
  })

  it('fails the whole probe when init fails, and leaves no device', () => {
    const { state, gpu, machine } = cold()
    arm(state, 'nvkm.client', 'ENOMEM')
    expect(() => machine.nvkm.probe()).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(gpu.nvkm).toMatchObject({ driver: null, enabled: false, clients: [] })
  })

  it('is off again after remove', () => {
    const { gpu, machine } = cold()
    machine.nvkm.probe()
    machine.nvkm.remove()
    expect(gpu.nvkm).toMatchObject({ driver: null, enabled: false })
  })
})

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

describe('patch 3: larger GSP heap', () => {
  it('boots GSP with a heap of 256 MiB at the golden addresses, and of 129 MiB without vGPU', () => {
    const [withVgpu, without] = [true, false].map((vgpu) =>
      GspFwWprMeta.decode(meta(gpuOf(newHost({ profile: 'rfc-v1', vgpu })))),
    )
    expect(withVgpu).toMatchObject({
      vgaWorkspaceOffset: 0xbfff00000,
      frtsOffset: 0xbffe00000,
      bootBinOffset: 0xbffdfe000,
      gspFwOffset: 0xbfd2f0000,
      gspFwHeapOffset: 0xbed200000,
      gspFwHeapSize: 0x10000000,
      gspFwWprStart: 0xbed100000,
      nonWprHeapOffset: 0xbed000000,
      gspFwWprEnd: 0xbfff00000,
    })
    expect(without).toMatchObject({
      gspFwHeapOffset: 0xbf5100000,
      gspFwHeapSize: 0x8100000,
      gspFwWprStart: 0xbf5000000,
      nonWprHeapOffset: 0xbf4f00000,
    })
    expect((without?.nonWprHeapOffset ?? 0) - (withVgpu?.nonWprHeapOffset ?? 0)).toBe(127 * MiB)
  })

  it('ends what guests can have at the non-WPR heap', () => {
    const { gpu } = hostOf({ profile: 'rfc-v1' })
    expect(gpu.nvkm.fb.size).toBe(0xbed000000)
  })

  it('lays the regions out without overlap and with no gap beyond their alignment', () => {
    const { host } = hostOf()
    const regions = host.gpus()[0]?.layout.filter((region) => region.name !== 'WPR2') ?? []
    expect(regions).toHaveLength(6)
    for (const [n, upper] of regions.entries()) {
      const lower = regions[n + 1]
      if (!lower) continue
      const gap = Number(upper.addr) - Number(lower.addr) - lower.size
      expect(gap, `${lower.name} below ${upper.name}`).toBeGreaterThanOrEqual(0)
      expect(gap, `${lower.name} below ${upper.name}`).toBeLessThan(2 * MiB)
    }
  })
})

describe('patch 4: VF partition count', () => {
  it('is byte 240 of the meta block: the profile’s with vGPU, 0 without', () => {
    expect(meta(gpuOf(newHost({ profile: 'rfc-v1' })))[240]).toBe(2)
    expect(meta(gpuOf(newHost({ profile: 'v2' })))[240]).toBe(32)
    expect(meta(gpuOf(newHost({ profile: 'v2', vgpu: false })))[240]).toBe(0)
  })

  it('stays what it was at load, however many VFs there are', () => {
    const { host, gpu } = hostOf({ profile: 'rfc-v1' })
    host.enableVfs({ count: 32 })
    expect(meta(gpu)[240]).toBe(2)
  })

  it('makes GSP refuse a third partition even when the host does not', () => {
    const { gpu, host, machine, vgpu } = running()
    host.bindVf('1', DRIVER)
    host.createVgpu({ type: '869', vf: '1', uuid: uuidOf(2), start: true })
    const params = NV2080_CTRL_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK_PARAMS.encode({
      dbdf: 0xc106,
      gfid: 3,
      numGuestFbSegments: 1,
      guestFbPhysAddrList: [0],
      guestFbLengthList: [GiB],
      pluginHeapMemoryPhysAddr: 2 * GiB,
      pluginHeapMemoryLength: 32 * MiB,
      initTaskLogBuffOffset: 2 * GiB,
      initTaskLogBuffSize: KiB,
      vgpuTaskLogBuffOffset: 2 * GiB + KiB,
      vgpuTaskLogBuffSize: KiB,
    })
    const command = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK
    expect(() => machine.nvkm.rm.control({ handle: vgpu.client ?? 0 }, command, params)).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_INSUFFICIENT_RESOURCES') }),
    )
    expect(Object.keys(gpu.gsp.plugins)).toEqual(['1', '2'])
  })
})

describe('patch 5: GSP_VF_INFO', () => {
  const block = (gpu: GpuState) => fromSparse(gpu.gsp.systemInfo, GspSystemInfo.size).subarray(624, 664)

  it('reaches GSP at offset 624 as the capability says it', () => {
    const { gpu } = hostOf({ profile: 'rfc-v1' })
    expect(GSP_VF_INFO.decode(block(gpu))).toEqual({
      totalVFs: 32,
      firstVFOffset: 4,
      FirstVFBar0Address: 0x81000000,
      FirstVFBar1Address: 0x201000000000,
      FirstVFBar2Address: 0x202040000000,
      b64bitBar0: false,
      b64bitBar1: true,
      b64bitBar2: true,
    })
  })

  it('takes its flags from the mirror of the BAR registers', () => {
    const { gpu, machine } = cold()
    machine.config.write32(0xbf4, machine.config.read32(0xbf4) & ~6)
    machine.config.save()
    machine.nvkm.probe()
    expect(GSP_VF_INFO.decode(block(gpu))).toMatchObject({ b64bitBar1: false, b64bitBar2: true })
  })

  it('is all zero without the parameter', () => {
    expect(block(gpuOf(newHost({ vgpu: false }))).every((byte) => byte === 0)).toBe(true)
  })
})

describe('patch 6: RMSetSriovMode', () => {
  const GOLDEN =
    '71000000030000003800000001000000010000000400' +
    '00004c0000000100000001000000040000006200000001000000010000000400' +
    '0000524d5365634275735265736574456e61626c6500524d466f72636550636965436f6e6669675361766500524d5365745372696f764d6f646500'
  const table = (gpu: GpuState, size: number) => Buffer.from(fromSparse(gpu.gsp.registry, size))

  it('reaches GSP as the 113 golden bytes', () => {
    expect(table(gpuOf(newHost()), 113).toString('hex')).toBe(GOLDEN)
  })

  it('comes after the user’s entries, which come after the defaults', () => {
    const gpu = gpuOf(newHost({ registryDwords: 'RmFoo=0x10; RmBar = text' }))
    const text = table(gpu, 400).toString('latin1')
    const order = ['RMSecBusResetEnable', 'RMForcePcieConfigSave', 'RmFoo', 'RmBar', 'RMSetSriovMode'].map((key) =>
      text.indexOf(`${key}\0`),
    )
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order[0]).toBeGreaterThan(0)
  })

  it('is not sent without vGPU', () => {
    expect(table(gpuOf(newHost({ vgpu: false })), 400).toString('latin1')).not.toContain('RMSetSriovMode')
  })

  it('does not load a driver with a key of 65 bytes, and skips a malformed pair with a report', () => {
    expect(() => newHost({ registryDwords: `${'k'.repeat(64)}=1` })).toThrow(refusal({ errno: 'EINVAL' }))
    expect(lines(gpuOf(newHost({ registryDwords: 'broken;ok=1' })))).toContainEqual(expect.stringContaining('"broken"'))
  })

  it('is what GSP wants before it boots a plugin', () => {
    const { gpu, host, state } = bound()
    gpu.gsp.registry = ''
    const before = reloaded(state)
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_NOT_SUPPORTED') }),
    )
    expect(lasting(state)).toEqual(lasting(before))
  })
})

describe('patch 7: notify handler for GPUACCT_PERFMON_UTIL_SAMPLES', () => {
  it('counts the samples and logs nothing', () => {
    const { gpu, machine } = bound()
    const logged = gpu.klog.next
    for (let n = 0; n < 3; n += 1) machine.gsp.postEvent(0x1008, new Uint8Array(4048))
    machine.nvkm.rpc.drain()
    expect(gpu.nvkm.events.GPUACCT_PERFMON_UTIL_SAMPLES).toBe(3)
    expect(gpu.klog.next).toBe(logged)
  })

  it('dumps an event that nobody registered as a warning', () => {
    const { gpu, machine } = bound()
    machine.gsp.postEvent(0x1011, Uint8Array.of(0xca, 0xfe))
    machine.nvkm.rpc.drain()
    expect(gpu.klog.lines.at(-1)).toMatchObject({ level: 'warn', text: expect.stringMatching(/0x1011 .*ca fe/) })
  })

  it('dispatches an event that comes while a reply is awaited, and the call goes on', () => {
    const { gpu, machine } = bound()
    machine.gsp.postEvent(0x1008, new Uint8Array(4048))
    const reply = machine.nvkm.internalControl(NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE, new Uint8Array(8))
    expect(NV2080_CTRL_GPU_GET_VMMU_SEGMENT_SIZE_PARAMS.get(reply, 'vmmuSegmentSize')).toBe(128 * MiB)
    expect(gpu.nvkm.events.GPUACCT_PERFMON_UTIL_SAMPLES).toBe(1)
  })

  it('takes a handler of null for known and dropped, and refuses to register when the table is full', () => {
    const klog = new Klog({ seq: 0, next: 0, lines: [] }, new Clock({ now: 0 }))
    const events = new GspEvents(klog, {})
    events.register(0x1011, null)
    events.dispatch(0x1011, new Uint8Array(4))
    events.register(0x1011, null)
    expect(() => {
      for (let event = 0x2000; event < 0x2020; event += 1) events.register(event, null)
    }).toThrow(refusal({ errno: 'ENOSPC' }))
  })
})

describe('patch 8: VMMU segment size', () => {
  it.each([32, 64, 128, 256, 512])('is what GSP answers: %i MiB, and guest memory is aligned to it', (mib) => {
    const { state, gpu, machine } = cold(l40(), { profile: 'v2' })
    gpu.gsp.vmmuSegmentSize = mib * MiB
    machine.nvkm.probe()
    expect(gpu.nvkm.vmmuSegmentSize).toBe(mib * MiB)
    machine.writeNumVfs('1')
    const { addr, size } = new Machine(state, gpu).ops.allocFbmem(GiB - 1, true, 'guest')
    expect([addr % (mib * MiB), size % (mib * MiB)]).toEqual([0, 0])
  })

  it.each<[string, (state: HostState, gpu: GpuState) => void]>([
    ['GSP refuses', (state) => arm(state, 'gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE', 'NV_ERR_GENERIC')],
    ['GSP is silent', (state) => arm(state, 'gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE', 'drop')],
    [
      'the answer is no size there is',
      (_, gpu) => {
        gpu.gsp.vmmuSegmentSize = 3 * MiB
      },
    ],
  ])('fails init when %s: support stays off and no client remains', (_, spoil) => {
    const { state, gpu, machine } = cold()
    spoil(state, gpu)
    expect(() => machine.nvkm.probe()).toThrow(NvError)
    expect(gpu.nvkm).toMatchObject({ enabled: false, clients: [], driver: null })
  })
})

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

describe('patch 10: interfaces for the VFIO module', () => {
  it('has one place for a manager', () => {
    const { machine } = bound()
    expect(machine.ops.getHandle()).toBe(true)
    expect(() => machine.ops.attachHandle()).toThrow(refusal({ errno: 'EEXIST' }))
    machine.ops.detachHandle()
    expect(machine.ops.getHandle()).toBe(false)
    expect(() => machine.ops.attachHandle()).not.toThrow()
  })

  it('is not there before init', () => {
    const { machine } = cold()
    expect(machine.ops.isEnabled()).toBe(false)
    machine.nvkm.probe()
    expect(machine.ops.isEnabled()).toBe(true)
  })
})

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

describe('patch 12: RM control interface', () => {
  const SEGMENT = NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE

  it('reads a reply, or drops it', () => {
    const { machine, gpu } = bound()
    const client = { handle: gpu.mgr?.client ?? 0 }
    const reply = machine.ops.rmCtrlRd(client, SEGMENT, new Uint8Array(8))
    expect(NV2080_CTRL_GPU_GET_VMMU_SEGMENT_SIZE_PARAMS.get(reply, 'vmmuSegmentSize')).toBe(128 * MiB)
    expect(machine.ops.rmCtrlWr(client, SEGMENT, new Uint8Array(8))).toBeUndefined()
  })

  it('turns a command or client that GSP does not know into EINVAL, and logs client, object, command and status', () => {
    const { machine, gpu } = bound()
    const { handle } = machine.nvkm.rm.allocClient()
    expect(() => machine.ops.rmCtrlRd({ handle }, 0x20801234, new Uint8Array(8))).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_NOT_SUPPORTED') }),
    )
    expect(lines(gpu).at(-1)).toMatch(/cli:0xc1d00003 obj:0x5d1d0000 ctrl cmd:0x20801234 failed: 0x00000056/)
    machine.nvkm.rm.freeClient({ handle })
    expect(() => machine.ops.rmCtrlRd({ handle }, SEGMENT, new Uint8Array(8))).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_INVALID_CLIENT') }),
    )
  })

  it.each([
    ['NV_ERR_NOT_READY', 'EBUSY'],
    ['NV_ERR_TIMEOUT_RETRY', 'EBUSY'],
    ['NV_ERR_NO_MEMORY', 'ENOMEM'],
    ['NV_ERR_TIMEOUT', 'EINVAL'],
    ['NV_ERR_IN_USE', 'EINVAL'],
    ['drop', 'ETIMEDOUT'],
  ])('maps %s to %s', (effect, errno) => {
    const { state } = bound()
    arm(state, 'gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE', effect)
    const gpu = gpuOf(state)
    const machine = new Machine(state, gpu)
    const { now } = state
    expect(() => machine.ops.rmCtrlRd({ handle: gpu.mgr?.client ?? 0 }, SEGMENT, new Uint8Array(8))).toThrow(
      refusal({ errno }),
    )
    if (effect === 'drop') expect(state.now - now).toBe(4_000_000)
  })

  it('gives EIO for a short reply and EINVAL for an RPC result', () => {
    const { rpc } = bound().machine.nvkm
    expect(() => rpc.call(NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO, new Uint8Array(0), 4096)).toThrow(
      refusal({ errno: 'EIO' }),
    )
    expect(() => rpc.call(150, new Uint8Array(0), 0)).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('leaves a record of every control when tracing is on', () => {
    const { state, gpu } = bound()
    state.tracing = true
    const machine = new Machine(state, gpu)
    machine.ops.rmCtrlRd({ handle: gpu.mgr?.client ?? 0 }, SEGMENT, new Uint8Array(8))
    expect(gpu.trace.records).toMatchObject([
      {
        name: 'NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE',
        client: 0xc1d00002,
        object: 0x5d1d0000,
        size: 32,
        status: null,
      },
      { name: 'NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE', client: 0xc1d00002, object: 0x5d1d0000, status: 0 },
    ])
  })
})

describe('patch 13: chid.h moved to a public header', () => {
  it('lets a host channel and a vGPU stand in the same bitmap', () => {
    const { host, machine, vgpu } = running()
    const id = machine.nvkm.chid.get('graphics')
    const map = host.chidMap()[0]
    expect(map?.ranges.filter((range) => range.owner !== null)).toEqual([
      { offset: id, size: 1, owner: 'graphics' },
      { offset: vgpu.chid?.offset, size: vgpu.chid?.num, owner: 'vgpu 0' },
    ])
    expect(machine.gpu.nvkm.chid.used.used.map((range) => range.owner)).toEqual(['graphics', 'vgpu'])
  })
})

describe('patch 14: channel allocation ops', () => {
  it.each([0, -1, Number.NaN])('refuse %d channels', (count) => {
    expect(() => bound().machine.ops.allocChids(count, 'vgpu')).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('take the first run that is long enough, and give back what was taken', () => {
    const { gpu, machine } = bound()
    const before = structuredClone(gpu.nvkm.chid)
    const offsets = [64, 32, 128].map((count) => machine.ops.allocChids(count, 'vgpu'))
    expect(offsets).toEqual([512, 576, 608])
    machine.ops.freeChids(576, 32)
    expect([machine.ops.allocChids(33, 'vgpu'), machine.ops.allocChids(32, 'vgpu')]).toEqual([736, 576])
    for (const offset of [512, 576, 608, 736]) machine.ops.freeChids(offset, 0)
    expect(gpu.nvkm.chid).toEqual(before)
  })
})

describe('patch 15: FB memory allocation', () => {
  it('gives the golden addresses, heaps in the slack above the first guest', () => {
    const { ops } = bound().machine
    const guest = () => ops.allocFbmem(GiB, true, 'guest').addr
    const heap = () => ops.allocFbmem(32 * MiB, false, 'heap').addr
    expect([guest(), heap(), guest(), heap()]).toEqual([0xba8000000, 0xbeb000000, 0xb68000000, 0xbe9000000])
  })

  it('restores the free list exactly, in whatever order memory comes back', () => {
    const { gpu, machine } = bound()
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const taken = [GiB, 4 * KiB, 2 * GiB].map((size, n) => machine.ops.allocFbmem(size, n !== 1, 'x'))
      for (const n of order) {
        const mem = taken[n]
        if (mem) machine.ops.freeFbmem(mem)
      }
      expect(gpu.nvkm.fb.used).toEqual([])
    }
  })

  it('refuses what does not fit, and a GPU without framebuffer; each taking and giving is logged', () => {
    const { gpu, machine } = bound()
    expect(() => machine.ops.allocFbmem(48 * GiB, true, 'x')).toThrow(refusal({ errno: 'ENOSPC' }))
    machine.ops.freeFbmem(machine.ops.allocFbmem(GiB, true, 'x'))
    expect(gpu.klog.lines.slice(-2)).toMatchObject([
      { level: 'debug', text: expect.stringContaining('alloc fbmem 0xba8000000') },
      { level: 'debug', text: expect.stringContaining('free fbmem 0xba8000000') },
    ])
    gpu.nvkm.fb.size = 0
    expect(() => machine.ops.allocFbmem(GiB, true, 'x')).toThrow(refusal({ errno: 'ENODEV' }))
  })
})

describe('patch 16: BAR1 map routines', () => {
  it('maps memory at the first free offset, once', () => {
    const { machine } = bound()
    const [a, b] = [MiB, 5 * KiB].map((size) => machine.ops.allocFbmem(size, false, 'x'))
    if (!a || !b) throw new Error('no memory')
    const [first, second] = [machine.ops.bar1MapMem(a, 'x'), machine.ops.bar1MapMem(b, 'x')]
    expect([first.offset, second.offset, second.size]).toEqual([0, MiB, 8 * KiB])
    expect(() => machine.ops.bar1MapMem(a, 'x')).toThrow(refusal({ errno: 'EEXIST' }))
    machine.ops.bar1UnmapMem(first)
    expect(machine.ops.bar1MapMem(a, 'x').offset).toBe(0)
    expect(() => machine.ops.bar1MapMem({ addr: 0, size: 0 }, 'x')).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('shows the bytes that GSP sees', () => {
    const { machine } = bound()
    const mem = machine.ops.allocFbmem(MiB, false, 'x')
    const window = machine.ops.bar1MapMem(mem, 'x')
    window.write(0x1234, Uint8Array.of(1, 2, 3, 4))
    expect(machine.framebuffer.read32(mem.addr + 0x1234)).toBe(0x04030201)
    machine.framebuffer.write32(mem.addr + 8, 0xcafe)
    expect(window.read32(8)).toBe(0xcafe)
    expect(() => window.read(MiB - 1, 2)).toThrow(RangeError)
  })

  it('takes the whole heap of each vGPU under rfc-v1, and mailbox and logs under v2', () => {
    expect(running('rfc-v1').vgpu.bar1?.size).toBe(32 * MiB)
    expect(running('v2').vgpu.bar1?.size).toBe(0x274000)
  })

  it('is finite: when it is used up, creating unwinds to nothing', () => {
    const { state, host, gpu } = bound()
    gpu.nvkm.bar1.size = 32 * MiB - 4096
    const before = reloaded(state)
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'ENOSPC', code: 'no-bar1' }),
    )
    expect(lasting(state)).toEqual(lasting(before))
  })
})

describe('patch 17: engine bitmap', () => {
  it('is the L40’s engines without SW and SEC2', () => {
    expect(bound().machine.ops.getEngineBitmap()).toEqual([
      1, 9, 10, 11, 12, 13, 19, 20, 21, 27, 28, 29, 43, 44, 45, 46, 51,
    ])
  })

  it('is read page by page when GSP has more than 32', () => {
    const { state, gpu } = cold()
    const seen: Seen[] = []
    const machine = new Machine(state, gpu, { port: watch(gpu, seen) })
    // every engine type there is, SW (0x22) and SEC2 (0x26) among them
    Object.assign(machine.gsp.board, { engines: Array.from({ length: 61 }, (_, n) => n + 1) })
    machine.nvkm.probe()
    expect(gpu.nvkm.engines).toEqual(
      Array.from({ length: 61 }, (_, n) => n + 1).filter((e) => e !== 0x22 && e !== 0x26),
    )
    const table = seen.filter((message) => message.fn === 76 && message.payload > 1000)
    expect(table).toHaveLength(2)
  })

  it('says for which engines bootload carries the channel offset', () => {
    const { gpu, vgpu } = running()
    expect(gpu.nvkm.engines).toEqual([1, 9, 10, 11, 12, 13, 19, 20, 21, 27, 28, 29, 43, 44, 45, 46, 51])
    expect(gpu.gsp.plugins[1]?.chidOffset).toBe(`${vgpu.chid?.offset}:1,9-13,19-21,27-29,43-46,51`)
  })
})

describe('patch 18: sriov_configure', () => {
  const klog = () => new Klog({ seq: 0, next: 0, lines: [] }, new Clock({ now: 0 }))
  const good: SriovFacts = {
    totalVfs: 32,
    numVfs: 0,
    driver: 'nvkm',
    enabled: true,
    managerAttached: false,
    bdf: '0000:c1:00.0',
    unsupported: null,
  }
  const errnoOf = (text: string, facts: Partial<SriovFacts>) => {
    try {
      return sriovNumvfsStore(text, { ...good, ...facts }, klog(), null)
    } catch (error) {
      return error instanceof NvError ? error.errno : error
    }
  }

  it('refuses in the kernel’s order: each reason hides those behind it', () => {
    const worst: SriovFacts = {
      ...good,
      numVfs: 4,
      driver: null,
      enabled: false,
      managerAttached: true,
      unsupported: 'off',
    }
    expect(errnoOf('four', worst)).toBe('EINVAL')
    expect(errnoOf('65536', worst)).toBe('ERANGE')
    expect(errnoOf('33', worst)).toBe('ERANGE')
    expect(errnoOf('4', worst)).toBeNull()
    expect(errnoOf('8', worst)).toBe('ENOENT')
    expect(errnoOf('8', { ...worst, driver: 'nvkm' })).toBe('EBUSY')
    expect(errnoOf('0', { ...worst, driver: 'nvkm' })).toBe('ENODEV')
    expect(errnoOf('0', { ...worst, driver: 'nvkm', enabled: true })).toBe('EBUSY')
    expect(errnoOf('0', { ...worst, driver: 'nvkm', enabled: true, managerAttached: false })).toBe(0)
    expect(errnoOf('32', {})).toBe(32)
  })

  it.each([
    ['', 'EINVAL'],
    ['-1', 'EINVAL'],
    [' 4', 'EINVAL'],
    ['4 ', 'EINVAL'],
    ['08', 'EINVAL'],
    ['4\n', 4],
    ['+4', 4],
    ['0x10', 16],
    ['010', 8],
    ['99999999999999999999', 'ERANGE'],
  ])('reads %j as the kernel reads a number: %s', (text, outcome) => {
    expect(errnoOf(text, {})).toBe(outcome)
  })

  it('logs the sentence of the kernel when VFs are in the way', () => {
    const { host, gpu } = unbound('rfc-v1')
    expect(() => host.enableVfs({ count: 8, raw: true })).toThrow(refusal({ errno: 'EBUSY' }))
    expect(lines(gpu).at(-1)).toContain('4 VFs already enabled. Disable before enabling 8 VFs')
  })

  it('makes VFs with their addresses and configuration space, and takes them away again', () => {
    const { host, gpu, state } = unbound('rfc-v1', 32)
    expect([0, 1, 3, 4, 31].map((n) => gpu.vfs[n]?.bdf)).toEqual(
      [0xc104, 0xc105, 0xc107, 0xc108, 0xc123].map((id) => formatRoutingId(id)),
    )
    expect(host.vf('0')).toMatchObject({ gfid: 1, pci: { vendorId: '0x10de', deviceId: '0x26b5', class: '0x030200' } })
    expect(fromSparse(gpu.vfs[0]?.config ?? '', 4096).subarray(0, 4)).toEqual(Uint8Array.of(255, 255, 255, 255))
    const capability = new Machine(state, gpu).config
    expect([capability.read16(0xbcc + 0x10), capability.read16(0xbcc + 8) & 9]).toEqual([32, 9])
    expect(host.disableVfs({ raw: true }).changed).toBe(true)
    const after = new Machine(state, gpu).config
    expect([gpu.vfs, after.read16(0xbcc + 0x10), after.read16(0xbcc + 8) & 9]).toEqual([[], 0, 0])
  })

  it('refuses while a manager is attached under rfc-v1, and tells the VFs to go under v2', () => {
    const rfc = bound('rfc-v1')
    expect(() => rfc.host.disableVfs({ raw: true })).toThrow(refusal({ errno: 'EBUSY' }))
    rfc.host.unbindVf('0')
    expect(rfc.host.disableVfs({ raw: true }).changed).toBe(true)
    const v2 = running('v2')
    v2.host.disableVfs({ raw: true })
    expect([v2.gpu.vfs, v2.gpu.mgr, v2.gpu.gsp.plugins]).toEqual([[], null, {}])
    expect(lines(v2.gpu)).toContainEqual(expect.stringContaining('SIGTERM'))
  })

  it('is not offered where vGPU support is off', () => {
    const { host } = hostOf({ vgpu: false })
    expect(() => host.enableVfs({ count: 4 })).toThrow(refusal({ errno: 'ENODEV' }))
    expect(() => hostOf({ board: 'A40' }).host.enableVfs({ count: 4 })).toThrow(
      refusal({ errno: 'ENODEV', message: expect.stringContaining('Ampere') }),
    )
  })
})

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

describe('patch 21: type upload', () => {
  const COMMAND = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE
  const LAYOUT = NV2080_CTRL_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE_PARAMS
  const GOLDEN = 'c28b6f037210daeeacd6fa04962b04ef0347684d7982272408e2d181dd7f9107'

  it('goes out as one message and four continuation records over 78 queue entries', () => {
    const { state, gpu } = unbound('rfc-v1')
    const seen: Seen[] = []
    const machine = new Machine(state, gpu, { port: watch(gpu, seen) })
    machine.mgr.get()
    const from = seen.findIndex((message) => message.entries === 16)
    expect(seen.slice(from, from + 5)).toEqual([
      { fn: 76, entries: 16, payload: 65456 },
      { fn: 71, entries: 16, payload: 65456 },
      { fn: 71, entries: 16, payload: 65456 },
      { fn: 71, entries: 16, payload: 65456 },
      { fn: 71, entries: 14, payload: 55136 },
    ])
    expect(seen.filter((message) => message.fn === 71)).toHaveLength(4)
  })

  it('is put together again by GSP: its table is the golden record of type 869, byte for byte', () => {
    const { gpu } = bound()
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual([869])
    const [sent] = gpu.gsp.types
    const blob = sent ? peekGspType(sent) : new Uint8Array(0)
    const type = typeById(869)
    expect(type && Buffer.from(encodeVgpuInfo(type)).equals(blob)).toBe(true)
    // the golden sum is taken with the signature zeroed: NVIDIA's is not ours to have
    NVA081_CTRL_VGPU_INFO.set(blob, 'vgpuSignature', new Uint8Array(128))
    expect(createHash('sha256').update(blob).digest('hex')).toBe(GOLDEN)
  })

  it('empties the table first when told to discard, and only then', () => {
    const { gpu, machine } = bound()
    const client = { handle: gpu.mgr?.client ?? 0 }
    const type = typeById(874)
    if (!type) throw new Error('no type 874')
    const upload = (discardVgpuTypes: boolean, id: number) => {
      const params = LAYOUT.encode({ discardVgpuTypes, vgpuInfoCount: 1 })
      params.set(encodeVgpuInfo({ ...type, vgpuType: id }), LAYOUT.fields.vgpuInfo.offset)
      machine.ops.rmCtrlWr(client, COMMAND, params)
      return gpu.gsp.types.map((known) => known.vgpuType)
    }
    expect([upload(false, 1000), upload(false, 1001), upload(true, 1002)]).toEqual([
      [869, 1000],
      [869, 1000, 1001],
      [1002],
    ])
  })

  it.each([0, 65])('of %i types is refused by GSP', (vgpuInfoCount) => {
    const { gpu, machine } = bound()
    const params = LAYOUT.encode({ discardVgpuTypes: true, vgpuInfoCount })
    expect(() => machine.ops.rmCtrlWr({ handle: gpu.mgr?.client ?? 0 }, COMMAND, params)).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_INVALID_ARGUMENT') }),
    )
    expect(gpu.gsp.types.map((type) => type.vgpuType)).toEqual([869])
  })

  it('fails the probe of the VF with its errno, and takes client and manager back', () => {
    const { host, state, gpu } = unbound('rfc-v1')
    const before = reloaded(state)
    arm(state, 'gsp.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE', 'NV_ERR_NO_MEMORY')
    expect(() => host.bindVf('0', DRIVER)).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(lasting(state)).toEqual(lasting(before))
    expect(gpu.vfs[0]?.driver).toBeNull()
  })
})

describe('patch 22: FB memory at vGPU creation', () => {
  it('is the type’s length, aligned to the VMMU segment, and nobody else’s until destroy', () => {
    const { host, gpu, vgpu } = running()
    expect(vgpu.fb).toEqual({ addr: 0xba8000000, size: GiB })
    host.bindVf('1', DRIVER)
    host.createVgpu({ type: '869', vf: '1', uuid: uuidOf(2), start: true })
    const other = gpu.mgr?.vgpus[1]?.fb
    expect((other?.addr ?? 0) + (other?.size ?? 0)).toBeLessThanOrEqual(vgpu.fb.addr)
    host.destroyVgpus({ selectors: [], all: true })
    expect(gpu.nvkm.fb.used).toEqual([])
  })

  it('is not cleared between tenants under rfc-v1, and is under v2', () => {
    for (const [profile, found] of [
      ['rfc-v1', 0xdeadbeef],
      ['v2', 0],
    ] as const) {
      const { state, host, gpu, machine, vgpu } = running(profile)
      machine.framebuffer.write32(vgpu.fb.addr + 12345, 0xdeadbeef)
      machine.flush()
      host.destroyVgpus({ selectors: [LITERAL_UUID] })
      host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(2), start: true })
      expect(gpu.mgr?.vgpus[0]?.fb).toEqual(vgpu.fb)
      expect(new Machine(state, gpu).framebuffer.read32(vgpu.fb.addr + 12345), profile).toBe(found)
    }
  })
})

describe('patch 23: channels at vGPU creation', () => {
  it('are a block of 512 without plugin channels under rfc-v1, by the type’s share under v2', () => {
    expect(running('rfc-v1').vgpu.chid).toEqual({ offset: 512, num: 512, plugin: 0 })
    expect(running('v2').vgpu.chid).toEqual({ offset: 512, num: 32, plugin: 1 })
  })

  it('are given back before the framebuffer when the vGPU goes, and after it under v2', () => {
    for (const [profile, order] of [
      ['rfc-v1', ['freeChids', 'freeFbmem']],
      ['v2', ['freeFbmem', 'freeChids']],
    ] as const) {
      const { state, gpu } = running(profile)
      const calls: string[] = []
      const machine = new Machine(state, gpu, {
        ops: (ops: NvkmVgpuMgrVfioOps) => ({
          ...ops,
          freeChids: (offset, count) => {
            calls.push('freeChids')
            ops.freeChids(offset, count)
          },
          freeFbmem: (mem) => {
            if (mem.size >= GiB) calls.push('freeFbmem')
            ops.freeFbmem(mem)
          },
        }),
      })
      machine.mgr.destroy(0)
      expect(calls).toEqual(order)
    }
  })
})

describe('patch 24: management heap', () => {
  it('is the type’s size in 4 KiB pages, in the slack above the guest’s memory', () => {
    expect(running().vgpu.heap).toEqual({ addr: 0xbeb000000, size: 32 * MiB })
  })
})

describe('patch 25: map the management heap', () => {
  it('shows the mailbox at its start and the logs behind it', () => {
    const { machine, vgpu, gpu } = running()
    const window = machine.ops.bar1Window(vgpu.bar1?.offset ?? 0, vgpu.bar1?.size ?? 0)
    expect(window.read32(0)).toBe(1)
    const text = (at: number) => Buffer.from(window.read(at, 5)).toString()
    expect([text(0x204000), text(0x224000)]).toEqual(['init:', 'vgpu '])
    expect(gpu.gsp.plugins[1]).toMatchObject({
      initTaskLog: { addr: vgpu.heap.addr + 0x204000, size: 0x20000 },
      vgpuTaskLog: { addr: vgpu.heap.addr + 0x224000, size: 0x20000 },
    })
    expect(running('v2').gpu.gsp.plugins[1]?.vgpuTaskLog.size).toBe(0x40000)
  })
})

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

describe('patch 27: bootload', () => {
  const GOLDEN = '4caca21e008a2d110613bfb9d0160fb497c099b8b016c6fe9690e42b652e37fc'

  /** The parameters of every control of `command` that goes through the ops table while `act` runs. */
  function sent(command: number, profile: ProfileName): Uint8Array[] {
    const { state, gpu } = bound(profile)
    const seen: Uint8Array[] = []
    const machine = new Machine(state, gpu, {
      ops: (ops: NvkmVgpuMgrVfioOps) => ({
        ...ops,
        rmCtrlWr(client, cmd, params) {
          if (cmd === command) seen.push(params.slice())
          ops.rmCtrlWr(client, cmd, params)
        },
      }),
    })
    const type = machine.mgr.findType(869, 'test')
    machine.mgr.create({
      id: 0,
      gfid: 1,
      dbdf: 0xc104,
      type,
      pid: 4711,
      placementId: null,
      uuid: LITERAL_UUID,
      uuidBytes: new Uint8Array(16),
    })
    machine.mgr.destroy(0)
    return seen
  }

  it('carries the golden 6,496 bytes for VF 0 under rfc-v1', () => {
    const [params] = sent(NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK, 'rfc-v1')
    expect(params?.length).toBe(6496)
    expect(
      createHash('sha256')
        .update(params ?? '')
        .digest('hex'),
    ).toBe(GOLDEN)
  })

  it('carries type and pid as well under v2', () => {
    const [params = new Uint8Array(0)] = sent(NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK, 'v2')
    expect(NV2080_CTRL_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK_PARAMS.decode(params)).toMatchObject({
      vgpuType: 869,
      vmPid: 4711,
      numChannels: 32,
      numPluginChannels: 1,
    })
  })

  it('is followed on destroy by shutdown and cleanup of the gfid', () => {
    for (const command of [
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK,
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP,
    ])
      expect(sent(command, 'rfc-v1')).toEqual([Uint8Array.of(1, 0, 0, 0)])
  })

  it('is refused for a gfid whose task runs', () => {
    const { state, gpu } = running()
    const kept = structuredClone(gpu.gsp.plugins[1])
    const machine = new Machine(state, gpu)
    machine.mgr.destroy(0)
    if (kept) gpu.gsp.plugins[1] = kept
    const type = machine.mgr.findType(869, 'test')
    const again = {
      id: 0,
      gfid: 1,
      dbdf: 0xc104,
      type,
      pid: 1,
      placementId: null,
      uuid: uuidOf(2),
      uuidBytes: new Uint8Array(16),
    }
    expect(() => machine.mgr.create(again)).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_STATE_IN_USE') }),
    )
  })

  it('does not keep destroy from going on when shutdown fails', () => {
    const { state, host, gpu } = running()
    arm(state, 'gsp.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK', 'NV_ERR_GENERIC')
    host.destroyVgpus({ selectors: [LITERAL_UUID] })
    expect([gpu.mgr?.vgpus, gpu.nvkm.fb.used, gpu.nvkm.bar1.used]).toEqual([{}, [], []])
    expect(gpu.klog.lines.filter((line) => line.level === 'warn').map((line) => line.text)).toEqual([
      expect.stringContaining('shutdown failed'),
      expect.stringContaining('cleanup failed'),
    ])
  })
})

describe('patch 28: host RPC channel', () => {
  const GOLDEN_CONFIG =
    '24ef8ff73ed511efae369758b1cb0c8704c10000000000000300d0c16503000000000000000000000002000000000000' +
    '0000000000400000040000000200000000100000000000000000000001000101' +
    '0000000000000000'

  /** What one open sends: doorbell values, and the message region as it is when the doorbell rings. */
  function calls(vf: string) {
    const made = unbound('rfc-v1')
    for (const one of ['0', '1']) made.host.bindVf(one, DRIVER)
    const { state, gpu } = made
    const rung: { doorbell: number; type: number; sequence: number; message: string }[] = []
    const machine: Machine = new Machine(state, gpu, {
      ops: (ops: NvkmVgpuMgrVfioOps) => {
        const bar0Window = () => ({
          ...ops.bar0Window(),
          read32: (offset: number) => machine.bar0.read32(offset),
          write32: (offset: number, value: number) => {
            const heap = gpu.mgr?.vgpus[vf]?.heap?.addr ?? 0
            const { framebuffer: fb } = machine
            rung.push({
              doorbell: value,
              type: fb.read32(heap + 4),
              sequence: fb.read32(heap + 8),
              message: Buffer.from(fb.read(heap + 0x2000, 88)).toString('hex'),
            })
            machine.bar0.write32(offset, value)
          },
        })
        return { ...ops, bar0Window, mapBar0: bar0Window }
      },
    })
    const device = gpu.vfs[Number(vf)]
    if (!device) throw new Error('no VF')
    const uuidBytes = Buffer.from(LITERAL_UUID.replaceAll('-', ''), 'hex')
    machine.vfio(device).open({ vm: 'vm', pid: 1001 }, { uuid: LITERAL_UUID, uuidBytes: new Uint8Array(uuidBytes) })
    return { ...made, rung }
  }

  it('counts its calls 1, 2, 3 and rings 0x31 for gfid 1, 0x51 for gfid 2', () => {
    const first = calls('0')
    expect(first.rung.map(({ doorbell, type, sequence }) => [doorbell, type, sequence])).toEqual([
      [0x31, 1, 1],
      [0x31, 2, 2],
      [0x31, 13, 3],
    ])
    expect(calls('1').rung.map(({ doorbell }) => doorbell)).toEqual([0x51, 0x51, 0x51])
    expect(lines(first.gpu)).toContain('nvidia-vgpu 0: vGPU RPC initialization is done.')
  })

  it('sends the golden configuration', () => {
    expect(calls('0').rung[1]?.message).toBe(GOLDEN_CONFIG)
  })

  it('announces bus mastering with two bytes, which the plugin takes on', () => {
    const { rung, gpu } = calls('0')
    expect(rung[2]?.message.startsWith('0100')).toBe(true)
    expect(gpu.gsp.plugins[1]?.busMaster).toBe(true)
  })

  it('keeps version 1 and the four offsets in the control region, and overwrites the magic with its first call', () => {
    const { machine, vgpu } = running()
    const { addr } = vgpu.heap
    expect([0, 8, 16, 24, 32, 40].map((at) => machine.framebuffer.read32(addr + at))).toEqual([
      1, 3, 0x1000, 0x2000, 0x3000, 0x203000,
    ])
  })

  it('gives up on the boot after 10 virtual seconds with ETIMEDOUT and the kernel’s line', () => {
    const { state, host, gpu } = bound()
    arm(state, 'plugin.boot', 'drop')
    const { now } = state
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'ETIMEDOUT' }),
    )
    expect(state.now - now).toBeGreaterThanOrEqual(10_000_000)
    expect(state.now - now).toBeLessThan(11_000_000)
    expect(lines(gpu)).toContain('nvidia-vgpu 0: waiting bootload timeout!')
  })

  it('gives up on a call after 120 virtual seconds with EINVAL', () => {
    const { state, host, gpu } = bound()
    arm(state, 'rpc.1', 'drop')
    const { now } = state
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'EINVAL', code: 'timeout' }),
    )
    expect(state.now - now).toBeGreaterThanOrEqual(120_000_000)
    expect(lines(gpu)).toContain('nvidia-vgpu 0: fail to negotiate rpc version!')
  })

  it('gives EINVAL for a result other than 0, with the result in the log', () => {
    const { state, host, gpu } = bound()
    arm(state, 'rpc.2', '5')
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'EINVAL', code: 'firmware-refusal' }),
    )
    expect(lines(gpu)).toEqual(
      expect.arrayContaining([
        'nvidia-vgpu 0: fail to recv RPC: result 5',
        'nvidia-vgpu 0: fail to init vgpu plugin task!',
      ]),
    )
  })

  it('is not heard when the doorbell names another gfid', () => {
    const { state, gpu, machine: whole } = running()
    const machine = new Machine(state, gpu, {
      ops: (ops: NvkmVgpuMgrVfioOps) => ({
        ...ops,
        bar0Window: () => ({ read32: () => 0, write32: (offset, value) => whole.bar0.write32(offset, value + 1) }),
      }),
    })
    expect(() => machine.mgr.rpc(0).updateBmeState(true)).toThrow(refusal({ errno: 'EINVAL', code: 'timeout' }))
  })

  it('takes the manager down again when PF BAR0 cannot be mapped', () => {
    const { host, state, gpu } = unbound('rfc-v1')
    host.bindVf('0', DRIVER)
    host.unbindVf('0')
    const before = reloaded(state)
    arm(state, 'ops.mapBar0', 'ENOMEM')
    expect(() => host.bindVf('0', DRIVER)).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(lasting(state)).toEqual(lasting(before))
    expect(gpu.mgr).toBeNull()
  })
})

describe('patch 29: VFIO variant driver', () => {
  it('takes a reference at probe and gives it back at remove; a probe that fails leaves the VF unbound and says so', () => {
    const { state, host, gpu } = bound()
    arm(state, 'vf.probe', 'ENOMEM')
    const before = reloaded(state)
    expect(() => host.bindVf('1', DRIVER)).toThrow(refusal({ errno: 'ENOMEM' }))
    expect(lasting(state)).toEqual(lasting(before))
    expect(lines(gpu).at(-1)).toBe('nvidia-vgpu-vfio 0000:c1:00.5: VF probe failed with ret: ENOMEM')
    host.bindVf('1', DRIVER)
    host.unbindVf('1')
    expect(gpu.mgr?.refs).toBe(1)
  })

  it('refuses a PF without type 869 under rfc-v1 with ENODEV, and puts the manager', () => {
    const { host, gpu } = hostOf({ board: 'L4', profile: 'rfc-v1' })
    expect(host.enableVfs({ count: 1 }).failed).toBe(true)
    expect([gpu.vfs[0]?.driver, gpu.mgr, gpu.nvkm.handle]).toEqual([null, null, false])
  })

  it('opens without a type under rfc-v1 and refuses to under v2', () => {
    const open = (profile: ProfileName) => {
      const { machine, gpu } = bound(profile)
      const [vf] = gpu.vfs
      if (!vf) throw new Error('no VF')
      machine.vfio(vf).open({ vm: 'vm', pid: 1 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) })
      return gpu
    }
    expect(open('rfc-v1').mgr?.vgpus[0]?.vgpuType).toBe(869)
    expect(() => open('v2')).toThrow(refusal({ errno: 'ENODEV' }))
  })

  it('refuses a second open with EBUSY, and remove while open', () => {
    const { machine, gpu } = running('v2')
    const [vf] = gpu.vfs
    if (!vf) throw new Error('no VF')
    const device = machine.vfio(vf)
    expect(() => device.open({ vm: 'other', pid: 2 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) })).toThrow(
      refusal({ errno: 'EBUSY' }),
    )
    expect(() => device.remove()).toThrow(refusal({ errno: 'EBUSY' }))
  })

  it.each<[ProfileName, string, string, string]>([
    ['rfc-v1', 'vf.enable', 'EIO', 'EIO'],
    ['rfc-v1', 'vf.reset', 'ENOTTY', 'ENOTTY'],
    ['rfc-v1', 'rpc.13', 'drop', 'EINVAL'],
    ['v2', 'vf.enable', 'EIO', 'EIO'],
    ['v2', 'vf.reset', 'EAGAIN', 'EAGAIN'],
    ['v2', 'rpc.13', '7', 'EINVAL'],
  ])(
    'under %s an open that fails at %s leaves the VF closed, disabled and without vGPU',
    (profile, point, effect, errno) => {
      const { state, host, gpu } = bound(profile)
      const before = reloaded(state)
      arm(state, point, effect)
      expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(refusal({ errno }))
      expect(lasting(state)).toEqual(lasting(before))
      expect(host.vf('0')).toMatchObject({ opened: null, busMaster: false })
      expect(gpu.gsp.plugins).toEqual({})
    },
  )

  it('resets before the vGPU exists under v2 and after it under rfc-v1', () => {
    for (const [profile, exists] of [
      ['rfc-v1', true],
      ['v2', false],
    ] as const) {
      const { state, gpu } = bound(profile)
      arm(state, 'vf.reset', 'ENOTTY')
      const seen: boolean[] = []
      const machine = new Machine(state, gpu, {
        ops: (ops: NvkmVgpuMgrVfioOps) => ({
          ...ops,
          freeFbmem: (mem) => {
            seen.push(true)
            ops.freeFbmem(mem)
          },
        }),
      })
      const [vf] = gpu.vfs
      if (!vf) throw new Error('no VF')
      machine.vfio(vf).setCurrentVgpuType(869)
      expect(() =>
        machine.vfio(vf).open({ vm: 'vm', pid: 1 }, { uuid: uuidOf(1), uuidBytes: new Uint8Array(16) }),
      ).toThrow(NvError)
      expect(seen.length > 0, profile).toBe(exists)
    }
  })

  it('closes without a bus-master-off message: the VF is disabled and the vGPU gone', () => {
    const { host, gpu, machine } = running()
    expect(host.vf('0')).toMatchObject({ busMaster: true, opened: { vm: 'vm-0', pid: 1001 } })
    const [vf] = gpu.vfs
    if (!vf) throw new Error('no VF')
    const doorbells = gpu.hw.regs.b82200
    delete gpu.hw.regs.b82200
    machine.vfio(vf).close()
    expect(gpu.hw.regs.b82200).toBeUndefined()
    expect(doorbells).toBe(0x31)
    expect([vf.opened, gpu.mgr?.vgpus, gpu.gsp.plugins]).toEqual([null, {}, {}])
    expect(host.vf('0').busMaster).toBe(false)
  })

  it('shows the guest the golden first 64 bytes of configuration space for type 869', () => {
    const { gpu } = running()
    const golden = new Uint8Array(64)
    golden.set([0xde, 0x10, 0xb5, 0x26, 0, 0, 0x10, 0, 0xa1, 0, 0, 3], 0x00)
    golden.set([0xc], 0x14)
    golden.set([0xc], 0x1c)
    golden.set([0xde, 0x10, 0x6d, 0x17], 0x2c)
    golden.set([0x7c], 0x34)
    expect(fromSparse(gpu.vfs[0]?.vconfig ?? '', 4096).subarray(0, 64)).toEqual(golden)
  })

  it('reads the virtual configuration space by exact offset: error bits at 4, status at 6, MSI-X from the hardware', () => {
    const { file, hardware } = fileOf('rfc-v1')
    hardware(0x04, 0x0547)
    hardware(0x06, 0x8010)
    const device = file()
    device.write(7, 4, Uint8Array.of(2, 0))
    expect(word(device.read(7, 4, 2))).toBe(0x0142)
    expect(word(device.read(7, 4, 4))).toBe(0x80100142)
    expect(word(device.read(7, 6, 2))).toBe(0x8010)
    expect(word(device.read(7, 5, 1))).toBe(0)
    expect(word(device.read(7, 0x7c, 4))).toBe(0x50011)
    expect(() => device.read(7, 4094, 4)).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('masks BAR writes, upper halves too, and drops what a guest may not change', () => {
    const { device } = fileOf('rfc-v1')
    const all = new Uint8Array(4).fill(0xff)
    for (const offset of [0x00, 0x08, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x2c, 0x30, 0x34, 0x3c]) {
      device.write(7, offset, all)
    }
    expect([0x00, 0x08, 0x10, 0x14, 0x18, 0x1c, 0x20, 0x24].map((offset) => word(device.read(7, offset, 4)))).toEqual([
      0x26b510de, 0x030000a1, 0xfffc0000, 0xf000000c, 0xffffffff, 0xfe00000c, 0xffffffff, 0,
    ])
    expect([0x2c, 0x30, 0x34, 0x3c].map((offset) => word(device.read(7, offset, 4)))).toEqual([0x176d10de, 0, 0x7c, 0])
    expect(() => device.write(7, 0x14, Uint8Array.of(1, 2))).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('tells size and flags of all nine regions, BAR1 as the type says whatever the hardware has', () => {
    const { device } = fileOf('rfc-v1')
    expect(
      Array.from({ length: 9 }, (_, index) => device.regionInfo(index)).map(({ size, flags }) => [size, flags]),
    ).toEqual([
      [256 * KiB, 7],
      [256 * MiB, 7],
      [0, 0],
      [32 * MiB, 7],
      [0, 0],
      [0, null],
      [0, null],
      [4096, 3],
      [0, null],
    ])
    expect(() => device.regionInfo(9)).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('does nothing on reset and hot-reset ioctls under rfc-v1; under v2 reset is message 3 and a scrub', () => {
    const rfc = fileOf('rfc-v1')
    const before = reloaded(rfc.state)
    for (const command of [VFIO_DEVICE_RESET, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, VFIO_DEVICE_PCI_HOT_RESET])
      expect(rfc.device.ioctl(command, { bytes: new Uint8Array(0) })).toBe(0)
    expect(rfc.state).toEqual(before)
    const v2 = fileOf('v2')
    const { addr, size } = v2.vgpu.fb
    v2.machine.framebuffer.write(addr + size - 1, Uint8Array.of(7))
    v2.device.ioctl(VFIO_DEVICE_RESET, { bytes: new Uint8Array(0) })
    expect(v2.gpu.mgr?.vgpus[0]?.rpcSeq).toBe((v2.vgpu.rpcSeq ?? 0) + 1)
    expect(v2.machine.framebuffer.read(addr + size - 1, 1)).toEqual(Uint8Array.of(0))
  })

  it.each([
    ['vf.bar0.request', 'EBUSY'],
    ['vf.bar0.resource', 'EIO'],
    ['vf.bar0.map', 'ENOMEM'],
  ])('maps BAR0 at the first access; one that fails at %s is %s and maps nothing', (point, errno) => {
    const { state, device, vf } = fileOf('rfc-v1')
    arm(state, point, errno)
    expect(() => device.read(0, 0, 4)).toThrow(refusal({ errno }))
    expect(vf.bar0Mapped).toBe(false)
    device.write(0, 0x40, Uint8Array.of(1, 2, 3, 4))
    expect(word(device.read(0, 0x41, 2))).toBe(0x0302)
    expect(vf.bar0Mapped).toBe(true)
  })

  it.each<[string, object]>([
    ['index 5', { index: 5 }],
    ['a negative length', { length: -4096 }],
    ['a private mapping', { shared: false }],
    ['length 0', { length: 0 }],
    ['the upper half of a BAR', { index: 2 }],
    ['more than the hardware has', { length: 2 * GiB + 4096 }],
  ])('refuses mmap of %s with EINVAL', (_what, wrong) => {
    const { device } = fileOf('rfc-v1')
    const right = { index: 1, offset: 0, length: 2 * GiB, shared: true }
    expect(device.mmap(right)).toMatchObject({ length: 2 * GiB, cached: false })
    expect(() => device.mmap({ ...right, ...wrong })).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('refuses file operations of a device that is not open with ENODEV', () => {
    const { machine, gpu } = bound('v2')
    const [vf] = gpu.vfs
    if (!vf) throw new Error('no VF')
    expect(() => machine.vfio(vf).file()).toThrow(refusal({ errno: 'ENODEV' }))
    expect(lines(gpu).at(-1)).toBe('0000:c1:00.4: the device is not open')
  })
})
