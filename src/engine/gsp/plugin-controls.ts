import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP,
} from '../../abi/ctrl2080.ts'
import { NVA081_MAX_VGPU_PER_PGPU } from '../../abi/nva081.ts'
import { u64 } from '../../abi/scalars.ts'
import { defaultsOf } from '../../contract/defaults.ts'
import { PLUGIN } from '../../contract/state/plugin.ts'
import {
  NV_ERR_INSUFFICIENT_RESOURCES,
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_INVALID_STATE,
  NV_ERR_NOT_SUPPORTED,
  NV_ERR_OBJECT_NOT_FOUND,
  NV_ERR_STATE_IN_USE,
} from '../../errors/nv-status.ts'
import type { Extent, PluginState } from '../state.ts'
import { type Answer, OK, refuse } from './answer.ts'
import { partitions, sriovMode, totalVfs, usableFb } from './boot-messages.ts'
import type { Gsp } from './firmware.ts'

/** Starts a plugin task, after a real GSP's checks of the parameters. */
export function bootload(gsp: Gsp, params: Uint8Array): Answer {
  const boot = bootParams(params)
  const { plugins } = gsp.state
  if (!sriovMode(gsp.state)) return refuse(NV_ERR_NOT_SUPPORTED)
  if (boot.gfid < 1 || boot.gfid > NVA081_MAX_VGPU_PER_PGPU || boot.gfid > totalVfs(gsp.state))
    return refuse(NV_ERR_INVALID_ARGUMENT)
  if (plugins[boot.gfid]) return refuse(NV_ERR_STATE_IN_USE)
  if (gsp.state.types.length === 0) return refuse(NV_ERR_INVALID_STATE)
  const others = tasksOf(plugins)
  if (others.length >= partitions(gsp.state)) return refuse(NV_ERR_INSUFFICIENT_RESOURCES)
  if (boot.numGuestFbSegments !== 1) return refuse(NV_ERR_INVALID_ARGUMENT)
  const { fb } = boot
  const heap = { addr: boot.pluginHeapMemoryPhysAddr, size: boot.pluginHeapMemoryLength }
  const initTaskLog = { addr: boot.initTaskLogBuffOffset, size: boot.initTaskLogBuffSize }
  const vgpuTaskLog = { addr: boot.vgpuTaskLogBuffOffset, size: boot.vgpuTaskLogBuffSize }
  const segment = gsp.state.vmmuSegmentSize
  const usable = usableFb(gsp.state)
  const sound =
    fb.addr % segment === 0 &&
    fb.size > 0 &&
    within(fb, usable) &&
    within(heap, usable) &&
    within(initTaskLog, heap) &&
    within(vgpuTaskLog, heap) &&
    !overlap(fb, heap) &&
    !others.some((other) => overlap(other.fb, fb) || overlap(other.heap, fb)) &&
    !others.some((other) => overlap(other.fb, heap) || overlap(other.heap, heap))
  if (!sound) return refuse(NV_ERR_INVALID_ARGUMENT)
  const plugin: PluginState = {
    ...defaultsOf(PLUGIN),
    gfid: boot.gfid,
    state: 'booting',
    dbdf: boot.dbdf,
    vgpuType: boot.vgpuType,
    vmPid: boot.vmPid,
    numChannels: boot.numChannels,
    numPluginChannels: boot.numPluginChannels,
    chidOffset: presentEngines(boot.chidOffset),
    fb,
    heap,
    initTaskLog,
    vgpuTaskLog,
  }
  gsp.state.plugins[boot.gfid] = plugin
  gsp.startPlugin(plugin)
  return OK
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

/** Text of each channel offset with its runs of engine types. The driver gives all existing engines one offset. */
function presentEngines(chidOffset: readonly number[]): string {
  const runs = new Map<number, string>()
  for (let first = 0; first < chidOffset.length; first += 1) {
    const offset = chidOffset[first] as number
    if (offset === 0) continue
    let last = first
    while (chidOffset[last + 1] === offset) last += 1
    const before = runs.get(offset)
    runs.set(offset, `${before === undefined ? '' : `${before},`}${first}${last === first ? '' : `-${last}`}`)
    first = last
  }
  return [...runs].map(([offset, engines]) => `${offset}:${engines}`).join(' ')
}

/** Reads the needed parameters member by member. The framebuffer lists have one used segment of 256. */
function bootParams(params: Uint8Array) {
  const LAYOUT = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.params
  const get = <K extends keyof typeof LAYOUT.fields>(field: K) => LAYOUT.get(params, field)
  const view = new DataView(params.buffer, params.byteOffset, params.byteLength)
  const first = (list: 'guestFbPhysAddrList' | 'guestFbLengthList') => u64.read(view, LAYOUT.fields[list].offset)
  return {
    dbdf: get('dbdf'),
    gfid: get('gfid'),
    vgpuType: get('vgpuType'),
    vmPid: get('vmPid'),
    numChannels: get('numChannels'),
    numPluginChannels: get('numPluginChannels'),
    chidOffset: get('chidOffset'),
    numGuestFbSegments: get('numGuestFbSegments'),
    fb: { addr: first('guestFbPhysAddrList'), size: first('guestFbLengthList') },
    pluginHeapMemoryPhysAddr: get('pluginHeapMemoryPhysAddr'),
    pluginHeapMemoryLength: get('pluginHeapMemoryLength'),
    initTaskLogBuffOffset: get('initTaskLogBuffOffset'),
    initTaskLogBuffSize: get('initTaskLogBuffSize'),
    vgpuTaskLogBuffOffset: get('vgpuTaskLogBuffOffset'),
    vgpuTaskLogBuffSize: get('vgpuTaskLogBuffSize'),
  }
}

export function shutdown(gsp: Gsp, params: Uint8Array): Answer {
  const gfid = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK.params.get(params, 'gfid')
  const plugin = gsp.state.plugins[gfid]
  if (!plugin) return refuse(NV_ERR_OBJECT_NOT_FOUND)
  plugin.state = 'stopped'
  plugin.busMaster = false
  return OK
}

export function cleanup(gsp: Gsp, params: Uint8Array): Answer {
  const gfid = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP.params.get(params, 'gfid')
  const plugin = gsp.state.plugins[gfid]
  if (!plugin) return refuse(NV_ERR_OBJECT_NOT_FOUND)
  if (plugin.state !== 'stopped') return refuse(NV_ERR_INVALID_STATE)
  gsp.clearHeap(plugin)
  delete gsp.state.plugins[gfid]
  return OK
}

export function clearGuestVmInfo(gsp: Gsp, params: Uint8Array): Answer {
  const { gfid } = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO.params.decode(params)
  const plugin = gsp.state.plugins[gfid]
  if (!plugin) return refuse(NV_ERR_OBJECT_NOT_FOUND)
  plugin.vmPid = 0
  plugin.guest = null
  return OK
}

export function encoderCapacity(gsp: Gsp, params: Uint8Array): Answer {
  const request = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY.params.decode(params)
  const plugin = gsp.state.plugins[request.gfid]
  if (!plugin) return refuse(NV_ERR_OBJECT_NOT_FOUND)
  if (request.encoderCapacity > 100) return refuse(NV_ERR_INVALID_ARGUMENT)
  plugin.encoderCapacity = request.encoderCapacity
  return OK
}

function within(inner: Extent, outer: Extent): boolean {
  return inner.size > 0 && inner.addr >= outer.addr && inner.addr + inner.size <= outer.addr + outer.size
}

function overlap(a: Extent, b: Extent): boolean {
  return a.addr < b.addr + b.size && b.addr < a.addr + a.size
}
