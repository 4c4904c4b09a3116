import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK } from '../../abi/ctrl2080.ts'
import { NV2080_ENGINE_TYPE } from '../../abi/engine-types.ts'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_PER_PGPU } from '../../abi/nva081.ts'
import { u64 } from '../../abi/scalars.ts'
import { VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_OFFSET } from '../../abi/vgpu-gsp.ts'
import { withDefaults } from '../../contract/defaults.ts'
import { PLUGIN } from '../../contract/state/plugin.ts'
import {
  NV_ERR_INSUFFICIENT_RESOURCES,
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_INVALID_STATE,
  NV_ERR_NOT_SUPPORTED,
  NV_ERR_OBJECT_NOT_FOUND,
  NV_ERR_STATE_IN_USE,
  NV_OK,
} from '../../errors/nv-status.ts'
import { type InstanceType, mostPerInstance } from '../mig/most-per-instance.ts'
import type { Extent, PluginState } from '../state.ts'
import { partitions, sriovMode, totalVfs, usableFb } from './boot-facts.ts'
import { firstChannel, presentEngines } from './chid-offset.ts'
import type { ControlContext } from './control-context.ts'
import { instanceOf } from './gpu-instances.ts'
import { typeStatus } from './type-rules.ts'
import { typeRecord } from './type-store.ts'

const LAYOUT = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.params
const PAGE = 0x1000
/** Engines without channels of their own. */
const WITHOUT_CHANNELS: readonly number[] = [NV2080_ENGINE_TYPE.SW, NV2080_ENGINE_TYPE.SEC2]

type Boot = ReturnType<typeof bootParams>

/** Starts a plugin task, after a real GSP's checks of the parameters. @returns an NV_STATUS */
export function bootload(gsp: ControlContext, params: Uint8Array): number {
  const boot = bootParams(params)
  const others = tasksOf(gsp.state.plugins)
  const status =
    placeStatus(gsp, boot, others) ||
    memoryStatus(gsp, boot, others) ||
    channelStatus(gsp, boot, others) ||
    instanceStatus(gsp, boot, others) ||
    (boot.vgpuType === 0 ? NV_OK : typeStatus(gsp, { ...boot, fbSize: boot.fb.size }))
  if (status !== NV_OK) return status
  const { gfid, dbdf, vgpuType, swizzId, vmPid, numChannels, numPluginChannels, fb, heap, initTaskLog, vgpuTaskLog } =
    boot
  const plugin: PluginState = withDefaults(PLUGIN, {
    gfid,
    state: 'booting',
    dbdf,
    vgpuType,
    swizzId,
    vmPid,
    numChannels,
    numPluginChannels,
    chidOffset: presentEngines(boot.chidOffset),
    fb,
    heap,
    initTaskLog,
    vgpuTaskLog,
    instance: gsp.caller,
  })
  gsp.state.plugins[gfid] = plugin
  gsp.tasks.start(plugin)
  return NV_OK
}

/** Whether the GPU can run one more task, for this function. */
function placeStatus(gsp: ControlContext, { gfid, ctrlBuffOffset }: Boot, others: readonly PluginState[]): number {
  if (!sriovMode(gsp.state)) return NV_ERR_NOT_SUPPORTED
  if (gfid < 1 || gfid > NVA081_MAX_VGPU_PER_PGPU || gfid > totalVfs(gsp.state)) return NV_ERR_INVALID_ARGUMENT
  if (gsp.state.plugins[gfid]) return NV_ERR_STATE_IN_USE
  if (gsp.state.types.length === 0) return NV_ERR_INVALID_STATE
  if (others.length >= partitions(gsp.state)) return NV_ERR_INSUFFICIENT_RESOURCES
  // the mailbox is at the start of the heap
  return ctrlBuffOffset === 0 ? NV_OK : NV_ERR_INVALID_ARGUMENT
}

/** With MIG on a task runs on a GPU instance, of its type's profile if the message names the type; several only where they take turns. */
function instanceStatus({ state, board, ...held }: ControlContext, boot: Boot, others: readonly PluginState[]): number {
  const { swizzId, vgpuType } = boot
  if (!state.mig.enabled) return swizzId === 0 ? NV_OK : NV_ERR_INVALID_ARGUMENT
  const instance = instanceOf(state, swizzId)
  if (instance === undefined) return NV_ERR_OBJECT_NOT_FOUND
  const there = others.filter((other) => other.swizzId === swizzId).length
  const turns = board.mig?.canTimeSlice && state.mig.timeSlicing
  if (!turns && there > 0) return NV_ERR_INSUFFICIENT_RESOURCES
  const record = vgpuType === 0 ? null : typeRecord({ ...held, state }, vgpuType)
  if (record === null) return NV_OK
  const type = instanceTypeOf(record)
  if (type.gpuInstanceSize === 0 || type.gpuInstanceProfileId !== instance.profileId) return NV_ERR_INVALID_ARGUMENT
  const most = board.mig && !instance.heterogeneous ? mostPerInstance(board.mig, type) : there + 1
  return there >= most ? NV_ERR_INSUFFICIENT_RESOURCES : NV_OK
}

function instanceTypeOf(record: Uint8Array): InstanceType {
  const get = (field: keyof InstanceType) => NVA081_CTRL_VGPU_INFO.get(record, field)
  return {
    gpuInstanceSize: get('gpuInstanceSize'),
    gpuInstanceProfileId: get('gpuInstanceProfileId'),
    profileSize: get('profileSize'),
    maxInstance: get('maxInstance'),
  }
}

/** Guest memory in whole VMMU segments, heap and logs in pages, nothing over anything. */
function memoryStatus(gsp: ControlContext, boot: Boot, others: readonly PluginState[]): number {
  const { fb, heap, initTaskLog, vgpuTaskLog } = boot
  const usable = usableFb(gsp.state)
  const logs = { addr: heap.addr + VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_OFFSET, size: heap.size }
  const sound =
    boot.numGuestFbSegments === 1 &&
    aligned(fb, gsp.state.vmmuSegmentSize) &&
    aligned(heap, PAGE) &&
    [initTaskLog, vgpuTaskLog].every((log) => aligned(log, PAGE) && within(log, heap) && log.addr >= logs.addr) &&
    within(fb, usable) &&
    within(heap, usable) &&
    !overlap(initTaskLog, vgpuTaskLog) &&
    !overlap(fb, heap) &&
    !others.some((other) => [other.fb, other.heap].some((taken) => overlap(taken, fb) || overlap(taken, heap)))
  return sound ? NV_OK : NV_ERR_INVALID_ARGUMENT
}

/** One block of channels for every engine that has channels, on the GPU, and no other vGPU's. */
function channelStatus(gsp: ControlContext, boot: Boot, others: readonly PluginState[]): number {
  const { numChannels, numPluginChannels, chidOffset } = boot
  const first = Math.max(...chidOffset)
  const engines = new Set(gsp.board.engines.filter((engine) => !WITHOUT_CHANNELS.includes(engine)))
  const sound =
    chidOffset.every((offset, engine) => offset === (engines.has(engine) ? first : 0)) &&
    numChannels > 0 &&
    numPluginChannels <= numChannels &&
    first + numChannels <= gsp.board.channels
  if (!sound) return NV_ERR_INVALID_ARGUMENT
  const block = { addr: first, size: numChannels }
  const taken = others.some((other) => overlap(block, { addr: firstChannel(other), size: other.numChannels }))
  return taken ? NV_ERR_INSUFFICIENT_RESOURCES : NV_OK
}

/** The plugin tasks in ascending order of gfid. */
function tasksOf(plugins: Readonly<Record<number, PluginState>>): PluginState[] {
  const tasks: PluginState[] = []
  for (let gfid = 1; gfid <= NVA081_MAX_VGPU_PER_PGPU; gfid += 1) {
    const task = plugins[gfid]
    if (task !== undefined) tasks.push(task)
  }
  return tasks
}

/** Reads the needed parameters member by member. The framebuffer lists have one used segment of 256. */
function bootParams(params: Uint8Array) {
  const get = <K extends keyof typeof LAYOUT.fields>(field: K) => LAYOUT.get(params, field)
  const view = new DataView(params.buffer, params.byteOffset, params.byteLength)
  const first = (list: 'guestFbPhysAddrList' | 'guestFbLengthList') => u64.read(view, LAYOUT.fields[list].offset)
  return {
    dbdf: get('dbdf'),
    gfid: get('gfid'),
    vgpuType: get('vgpuType'),
    vmPid: get('vmPid'),
    swizzId: get('swizzId'),
    numChannels: get('numChannels'),
    numPluginChannels: get('numPluginChannels'),
    chidOffset: get('chidOffset'),
    numGuestFbSegments: get('numGuestFbSegments'),
    ctrlBuffOffset: get('ctrlBuffOffset'),
    fb: { addr: first('guestFbPhysAddrList'), size: first('guestFbLengthList') },
    heap: { addr: get('pluginHeapMemoryPhysAddr'), size: get('pluginHeapMemoryLength') },
    initTaskLog: { addr: get('initTaskLogBuffOffset'), size: get('initTaskLogBuffSize') },
    vgpuTaskLog: { addr: get('vgpuTaskLogBuffOffset'), size: get('vgpuTaskLogBuffSize') },
  }
}

function aligned({ addr, size }: Extent, to: number): boolean {
  return addr % to === 0 && size % to === 0
}

function within(inner: Extent, outer: Extent): boolean {
  return inner.size > 0 && inner.addr >= outer.addr && inner.addr + inner.size <= outer.addr + outer.size
}

function overlap(a: Extent, b: Extent): boolean {
  return a.addr < b.addr + b.size && b.addr < a.addr + a.size
}
