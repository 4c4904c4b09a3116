import { prevPow2 } from '../../abi/align.ts'
import {
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP,
} from '../../abi/ctrl2080.ts'
import { NVA081_MAX_VGPU_PER_PGPU } from '../../abi/nva081.ts'
import { formatRoutingId } from '../../abi/pci.ts'
import { VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_OFFSET, VGPU_CPU_GSP_VGPU_TASK_LOG_BUFF_OFFSET } from '../../abi/vgpu-gsp.ts'
import { guestFbLength } from '../../catalog/guest-fb.ts'
import type { Profile, Rung } from '../../catalog/profiles.ts'
import { withDefaults } from '../../contract/defaults.ts'
import { VGPU } from '../../contract/state/manager.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Clock } from '../clock.ts'
import type { Klog } from '../klog.ts'
import type { MigTable } from '../mig/table.ts'
import type { Bar0Map, NvkmVgpuMgrVfioOps } from '../nvkm/ops.ts'
import { instanceChannels } from '../placement/instance-seat.ts'
import type { Seat } from '../placement/seat.ts'
import type { Extent, MgrState, VgpuState } from '../state.ts'
import type { Trace } from '../trace.ts'
import { takeInOrder } from '../unwind.ts'
import { VgpuMigration } from './migration.ts'
import { VgpuRpc } from './rpc.ts'
import type { VgpuType } from './types.ts'

/** The environment of every rung. */
export interface VgpuContext {
  /** Address of the PF. */
  pf: string
  ops: NvkmVgpuMgrVfioOps
  mgr: MgrState
  bar0: Bar0Map
  profile: Profile
  clock: Clock
  klog: Klog
  trace: Trace | null
  /** Channels of one vGPU of a type, by the profile's rule. */
  channelsOf(type: VgpuType): number
}

export interface VgpuRequest {
  /** VF index. */
  id: number
  gfid: number
  dbdf: number
  type: VgpuType
  pid: number
  /** The UUID as 16 bytes, and as text. */
  uuidBytes: Uint8Array
  uuid: string
  /** Fixed position of memory and channels; null where the allocators choose. */
  seat: Seat | null
  /** GPU instance of a MIG-backed vGPU; null for another. */
  gpuInstanceId: number | null
}

interface Step {
  take(context: VgpuContext, vgpu: VgpuState, request: VgpuRequest): void
  giveBack(context: VgpuContext, vgpu: VgpuState): void
}

/** Every rung (step of creation) with its undo. The profile gives the order. */
const RUNGS: Readonly<Record<Rung, Step>> = {
  register: {
    take({ mgr }, vgpu) {
      if (mgr.vgpus[vgpu.id]) {
        throw new NvError({
          errno: 'EBUSY',
          code: 'busy',
          at: 'register_vgpu',
          message: `vGPU ${vgpu.id} exists already`,
          object: vgpu.uuid,
        })
      }
      mgr.vgpus[vgpu.id] = vgpu
    },
    giveBack({ mgr }, vgpu) {
      delete mgr.vgpus[vgpu.id]
    },
  },
  chids: {
    take(context, vgpu, { type, seat }) {
      const num = context.channelsOf(type)
      const offset = context.ops.allocChids(num, owner(vgpu), seat?.chid)
      vgpu.chid = { offset, num, plugin: context.profile.numPluginChannels }
    },
    giveBack({ ops }, vgpu) {
      const chid = taken(vgpu.chid)
      ops.freeChids(chid.offset, chid.num)
      vgpu.chid = null
    },
  },
  fb: {
    take(context, vgpu, { type, seat }) {
      vgpu.fb = context.ops.allocFbmem(fbLengthOf(context, type), true, owner(vgpu), seat?.fb)
      if (!context.profile.scrubOnFree) return
      takeInOrder((onError) => {
        onError(() => freeFb(context, vgpu))
        scrub(context, vgpu)
      })
    },
    giveBack(context, vgpu) {
      if (context.profile.scrubOnFree) attempt(context, 'scrub', () => scrub(context, vgpu))
      freeFb(context, vgpu)
    },
  },
  heap: {
    take({ ops }, vgpu, { type, seat }) {
      vgpu.heap = ops.allocFbmem(type.gspHeapSize, false, `${owner(vgpu)} heap`, seat?.heap)
    },
    giveBack({ ops }, vgpu) {
      ops.freeFbmem(taken(vgpu.heap))
      vgpu.heap = null
    },
  },
  map: {
    take({ ops, profile }, vgpu) {
      const heap = taken(vgpu.heap)
      const size = profile.mapWholeHeap ? heap.size : profile.mappedHeapSize
      const map = ops.bar1MapMem({ addr: heap.addr, size }, owner(vgpu))
      vgpu.bar1 = { offset: map.offset, size: map.size }
    },
    giveBack({ ops }, vgpu) {
      ops.bar1UnmapMem(taken(vgpu.bar1))
      vgpu.bar1 = null
    },
  },
  client: {
    take({ ops }, vgpu) {
      vgpu.client = ops.allocGspClient(owner(vgpu)).handle
    },
    giveBack({ ops }, vgpu) {
      ops.freeGspClient({ handle: taken(vgpu.client) })
      vgpu.client = null
    },
  },
  bootload: {
    take(context, vgpu) {
      context.ops.rmCtrlWr(
        { handle: taken(vgpu.client) },
        NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.cmd,
        bootloadParams(context, vgpu),
      )
      vgpu.bootloaded = true
    },
    giveBack: shutdownPlugin,
  },
  rpc: {
    take(context, vgpu, { uuidBytes, type }) {
      rpcOf(context, vgpu).setup({ uuid: uuidBytes })
      if (context.profile.managesGuests) setEncoderCapacity(context, vgpu, type)
    },
    // clean_rpc is empty in the series
    giveBack(context, vgpu) {
      if (context.profile.managesGuests) attempt(context, 'clearing the guest', () => clearGuest(context, vgpu))
      vgpu.rpcSeq = null
    },
  },
}

/**
 * nvidia_vgpu_mgr_create_vgpu: checks, then the rungs in the profile's order. A failing rung undoes the earlier ones,
 * newest first.
 * @throws NvError EINVAL (id, gfid, dbdf), EBUSY (id taken), or the error of a rung
 */
export function createVgpu(context: VgpuContext, request: VgpuRequest): VgpuState {
  checkRequest(context, request)
  const { id, gfid, dbdf, type, pid, uuid, gpuInstanceId } = request
  const vgpu: VgpuState = withDefaults(VGPU, {
    id,
    gfid,
    dbdf,
    vgpuType: type.vgpuType,
    pid: context.profile.vmPidInBootload ? pid : 0,
    uuid,
    gpuInstanceId,
    version: context.profile.vgpuVersion.newest,
  })
  takeInOrder((onError) => {
    for (const rung of context.profile.rungOrder) {
      RUNGS[rung].take(context, vgpu, request)
      onError(() => RUNGS[rung].giveBack(context, vgpu))
    }
  })
  vgpu.status = true
  return vgpu
}

/** nvidia_vgpu_mgr_destroy_vgpu: status 1 to 0, then undoes every rung, newest first. @throws NvError ENODEV if gone */
export function destroyVgpu(context: VgpuContext, vgpu: VgpuState): void {
  if (!vgpu.status) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'no-device',
      at: 'nvidia_vgpu_mgr_destroy_vgpu',
      message: `vGPU ${vgpu.id} is already destroyed`,
    })
  }
  vgpu.status = false
  const detached = vgpu.client === null
  for (const rung of [...context.profile.rungOrder].reverse()) {
    if (!(detached && IN_FIRMWARE.includes(rung))) RUNGS[rung].giveBack(context, vgpu)
  }
}

/** Rungs with objects in the firmware, which end with it. The other rungs hold host resources. */
const IN_FIRMWARE: readonly Rung[] = ['client', 'bootload', 'rpc']

/** Undoes the firmware rungs, newest first, so the firmware can unload. Memory, channels and mapping stay. */
export function detachVgpu(context: VgpuContext, vgpu: VgpuState): void {
  for (const rung of [...context.profile.rungOrder].reverse()) {
    if (IN_FIRMWARE.includes(rung)) RUNGS[rung].giveBack(context, vgpu)
  }
}

/** Repeats the firmware rungs on a new firmware. @throws NvError of a failed rung; the vGPU stays detached */
export function reattachVgpu(context: VgpuContext, vgpu: VgpuState, request: VgpuRequest): void {
  takeInOrder((onError) => {
    for (const rung of context.profile.rungOrder.filter((known) => IN_FIRMWARE.includes(known))) {
      RUNGS[rung].take(context, vgpu, request)
      onError(() => RUNGS[rung].giveBack(context, vgpu))
    }
  })
}

/** The host RPC channel of a vGPU with a mapped heap. */
export function rpcOf(context: VgpuContext, vgpu: VgpuState): VgpuRpc {
  const { offset, size } = taken(vgpu.bar1)
  return new VgpuRpc(vgpu, context.ops.bar1Window(offset, size), context.bar0, context)
}

/** The host's end of a migration of a vGPU with a mapped heap. */
export function migrationOf(context: VgpuContext, vgpu: VgpuState): VgpuMigration {
  const { offset, size } = taken(vgpu.bar1)
  return new VgpuMigration(rpcOf(context, vgpu), context.ops.bar1Window(offset, size))
}

interface FbFacts {
  /** Address of the PF. */
  pf: string
  ops: Pick<NvkmVgpuMgrVfioOps, 'vmmuSegmentSize' | 'totalFbSize'>
  mgr: Pick<MgrState, 'eccEnabled'>
  profile: Profile
}

/**
 * Guest framebuffer of a type in bytes. With ECC on it is a share of the remaining memory, rounded down to VMMU
 * segments.
 * @throws NvError ENODEV for a type without ECC support, if the profile refuses it
 */
export function fbLengthOf({ pf, ops, mgr, profile }: FbFacts, type: VgpuType): number {
  if (!mgr.eccEnabled) return type.fbLength
  if (profile.eccRule === 'enodev' && !type.eccSupported) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'ecc-unsupported',
      at: 'nvidia_vgpu_mgr_create_vgpu',
      message: `${type.vgpuName} has no ECC support and ECC is on`,
      hint: `nvgpu gpu ecc off --gpu ${pf}`,
    })
  }
  return guestFbLength(type, ops.totalFbSize(), ops.vmmuSegmentSize(), profile.eccSegments)
}

/**
 * Channels of one vGPU: a fixed block, or the power of two at or below its share of `available`. The share of a MIG-backed type is that
 * of its GPU instance.
 * @param table MIG of the board; null without
 */
export function channelsByRule(
  rule: Profile['channelsPerVgpu'],
  available: number,
  type: Pick<VgpuType, 'maxInstance' | 'gpuInstanceSize' | 'gpuInstanceProfileId' | 'profileSize'>,
  table: MigTable | null,
): number {
  if (rule.rule === 'fixed') return rule.channels
  const profile = type.gpuInstanceSize > 0 && table?.profiles.find(({ id }) => id === type.gpuInstanceProfileId)
  return table && profile
    ? instanceChannels(table, available, type)
    : prevPow2(Math.floor(available / type.maxInstance))
}

function checkRequest({ pf, profile }: VgpuContext, { id, gfid, dbdf, pid }: VgpuRequest): void {
  const at = 'nvidia_vgpu_mgr_create_vgpu'
  const limit = profile.maxVgpus.rule === 'vf-index' ? profile.maxVgpus.limit : NVA081_MAX_VGPU_PER_PGPU
  if (id >= limit) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'vf-limit',
      at,
      message: `VF ${id} (${formatRoutingId(dbdf)}) cannot carry a vGPU: under the ${profile.name} profile only VF 0 to ${limit - 1} can`,
      hint: `nvgpu vf list --gpu ${pf}`,
    })
  }
  if (gfid === 0 || dbdf === 0)
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at,
      message: `vGPU ${id} has no gfid or no address`,
    })
  if (profile.vmPidInBootload && pid === 0)
    throw new NvError({ errno: 'EINVAL', code: 'invalid-argument', at, message: `vGPU ${id} has no VM process` })
}

function bootloadParams(context: VgpuContext, vgpu: VgpuState): Uint8Array {
  const { profile, ops } = context
  const fb = taken(vgpu.fb)
  const heap = taken(vgpu.heap)
  const chid = taken(vgpu.chid)
  const engines = ops.getEngineBitmap()
  const chidOffset = new Array<number>((engines.at(-1) ?? -1) + 1).fill(0)
  for (const engine of engines) chidOffset[engine] = chid.offset
  return NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK.params.encode({
    dbdf: vgpu.dbdf,
    gfid: vgpu.gfid,
    vgpuType: profile.vgpuTypeInBootload ? vgpu.vgpuType : 0,
    vmPid: vgpu.pid,
    swizzId: vgpu.gpuInstanceId ?? 0,
    numChannels: chid.num,
    numPluginChannels: chid.plugin,
    chidOffset,
    bDisableDefaultSmcExecPartRestore: false,
    numGuestFbSegments: 1,
    guestFbPhysAddrList: [fb.addr],
    guestFbLengthList: [fb.size],
    pluginHeapMemoryPhysAddr: heap.addr,
    pluginHeapMemoryLength: heap.size,
    ctrlBuffOffset: 0,
    // the "offsets" are absolute framebuffer addresses
    initTaskLogBuffOffset: heap.addr + VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_OFFSET,
    initTaskLogBuffSize: profile.initTaskLogSize,
    vgpuTaskLogBuffOffset: heap.addr + VGPU_CPU_GSP_VGPU_TASK_LOG_BUFF_OFFSET,
    vgpuTaskLogBuffSize: profile.vgpuTaskLogSize,
    bDeviceProfilingEnabled: false,
  })
}

/** The share of the encoder that the type has, per cent. */
function setEncoderCapacity({ ops }: VgpuContext, { client, gfid }: VgpuState, { encoderCapacity }: VgpuType): void {
  const { cmd, params } = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY
  ops.rmCtrlWr({ handle: taken(client) }, cmd, params.encode({ gfid, encoderCapacity }))
}

/** The VM has ended: GSP forgets its guest. */
function clearGuest({ ops }: VgpuContext, { client, gfid }: VgpuState): void {
  const { cmd, params } = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO
  ops.rmCtrlWr({ handle: taken(client) }, cmd, params.encode({ gfid }))
}

/** SHUTDOWN, then CLEANUP. A failure is only logged as a warning. */
function shutdownPlugin(context: VgpuContext, vgpu: VgpuState): void {
  const client = { handle: taken(vgpu.client) }
  const { gfid } = vgpu
  attempt(context, 'shutdown', () =>
    context.ops.rmCtrlWr(
      client,
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK.cmd,
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK.params.encode({ gfid }),
    ),
  )
  attempt(context, 'cleanup', () =>
    context.ops.rmCtrlWr(
      client,
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP.cmd,
      NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP.params.encode({ gfid }),
    ),
  )
  vgpu.bootloaded = false
}

/** Clears the guest's memory over the vGPU's last channel. */
export function scrub({ ops }: Pick<VgpuContext, 'ops'>, vgpu: VgpuState): void {
  const { offset, num } = taken(vgpu.chid)
  ops.scrubFbmem(taken(vgpu.fb), offset + num - 1)
}

function freeFb({ ops }: VgpuContext, vgpu: VgpuState): void {
  ops.freeFbmem(taken(vgpu.fb))
  vgpu.fb = null
}

function attempt({ klog }: VgpuContext, what: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    klog.warn(`nvidia-vgpu: ${what} failed: ${error.message} (${error.errno})`)
  }
}

function owner(vgpu: VgpuState): string {
  return `vgpu ${vgpu.id}`
}

/** The result of an earlier rung. @throws Error when that rung has not run */
function taken<T extends Extent | object | number>(value: T | null): T {
  if (value === null) throw new Error('a rung was climbed out of order')
  return value
}
