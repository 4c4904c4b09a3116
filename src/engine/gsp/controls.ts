import type { Control } from '../../abi/control.ts'
import {
  NV2080_CTRL_CMD_EVENT_SET_NOTIFICATION,
  NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE,
  NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE,
  NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS,
  NV2080_CTRL_CMD_GSP_GET_FEATURES,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK,
  NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP,
} from '../../abi/ctrl2080.ts'
import {
  NV2080_CTRL_CMD_GPU_GET_PARTITIONS,
  NV2080_CTRL_CMD_GPU_SET_PARTITIONING_MODE,
  NV2080_CTRL_CMD_GPU_SET_PARTITIONS,
} from '../../abi/ctrl2080-partitions.ts'
import {
  NVC637_CTRL_CMD_EXEC_PARTITIONS_CREATE,
  NVC637_CTRL_CMD_EXEC_PARTITIONS_DELETE,
  NVC637_CTRL_CMD_EXEC_PARTITIONS_GET,
} from '../../abi/ctrlc637.ts'
import { engineTypeName } from '../../abi/engine-types.ts'
import type { AnyStruct } from '../../abi/layout.ts'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_TYPES_PER_PGPU } from '../../abi/nva081.ts'
import { AMPERE_SMC_PARTITION_REF, NV20_SUBDEVICE_0 } from '../../abi/rm-objects.ts'
import {
  SIM2080_CTRL_CMD_SET_MIG_TIME_SLICING,
  SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER,
  SIMC637_CTRL_CMD_SET_VGPU_MODE,
} from '../../abi/sim-ctrl.ts'
import {
  NV_ERR_INSUFFICIENT_RESOURCES,
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_INVALID_STATE,
  NV_ERR_OBJECT_NOT_FOUND,
  NV_ERR_STATE_IN_USE,
  NV_OK,
} from '../../errors/nv-status.ts'
import { metadataString } from '../board-of.ts'
import { bootload } from './bootload.ts'
import { execPartitionsCreate, execPartitionsDelete, execPartitionsGet } from './compute-instances.ts'
import type { ControlContext } from './control-context.ts'
import { eccAnswer } from './ecc-status.ts'
import { getPartitions, setPartitioningMode, setPartitions } from './gpu-instances.ts'
import { setInstanceMode, setTimeSlicing } from './instance-sharing.ts'
import { enumerateAnswer, fbUsageAnswer } from './vgpu-lists.ts'

/** The answer to a control: an NV_STATUS, and the written parameters (the request's own bytes if none). */
export interface Answer {
  status: number
  params?: Uint8Array
}

type Run = (gsp: ControlContext, params: Uint8Array) => Answer

const OK: Answer = { status: NV_OK }
const refuse = (status: number): Answer => ({ status })

/** The supported controls of class 0x2080. All others are NOT_SUPPORTED. */
const ANSWERED: readonly (readonly [control: Control<AnyStruct>, run: Run])[] = [
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK, (gsp, params) => refuse(bootload(gsp, params))],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK, shutdown],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP, cleanup],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE, addTypes],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU, (gsp) => answer(enumerateAnswer(gsp.state))],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO, clearGuestVmInfo],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE, (gsp) => answer(fbUsageAnswer(gsp.state))],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY, encoderCapacity],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING, fsEncoding],
  [
    NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT,
    () =>
      answer(
        NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT.params.encode({ bIsMigrationSupported: true }),
      ),
  ],
  [NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG, setMgrConfig],
  [SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER, setScheduler],
  [
    NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE,
    (gsp) =>
      answer(NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.params.encode({ vmmuSegmentSize: gsp.state.vmmuSegmentSize })),
  ],
  [NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS, eccStatus],
  [
    NV2080_CTRL_CMD_GSP_GET_FEATURES,
    (gsp) =>
      answer(
        NV2080_CTRL_CMD_GSP_GET_FEATURES.params.encode({
          bValid: true,
          bDefaultGspRmGpu: true,
          firmwareVersion: gsp.version,
        }),
      ),
  ],
  [NV2080_CTRL_CMD_EVENT_SET_NOTIFICATION, setNotification],
  [NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE, deviceInfoTable],
  [NV2080_CTRL_CMD_GPU_SET_PARTITIONING_MODE, setPartitioningMode],
  [NV2080_CTRL_CMD_GPU_SET_PARTITIONS, setPartitions],
  [NV2080_CTRL_CMD_GPU_GET_PARTITIONS, getPartitions],
  [SIM2080_CTRL_CMD_SET_MIG_TIME_SLICING, setTimeSlicing],
]

/** The supported controls of a reference to a GPU instance. */
const ANSWERED_C637: typeof ANSWERED = [
  [NVC637_CTRL_CMD_EXEC_PARTITIONS_CREATE, execPartitionsCreate],
  [NVC637_CTRL_CMD_EXEC_PARTITIONS_DELETE, execPartitionsDelete],
  [NVC637_CTRL_CMD_EXEC_PARTITIONS_GET, execPartitionsGet],
  [SIMC637_CTRL_CMD_SET_VGPU_MODE, setInstanceMode],
]

type ByNumber = ReadonlyMap<number, { readonly params: AnyStruct; readonly run: Run }>

const byNumber = (answered: typeof ANSWERED): ByNumber =>
  new Map(answered.map(([{ cmd, params }, run]) => [cmd, { params, run }]))

/** The supported controls, by the class of their object, then by number. */
export const CONTROLS: ReadonlyMap<number, ByNumber> = new Map([
  [NV20_SUBDEVICE_0, byNumber(ANSWERED)],
  [AMPERE_SMC_PARTITION_REF, byNumber(ANSWERED_C637)],
])

function answer(params: Uint8Array): Answer {
  return { status: NV_OK, params }
}

function shutdown(gsp: ControlContext, params: Uint8Array): Answer {
  const gfid = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK.params.get(params, 'gfid')
  const plugin = gsp.state.plugins[gfid]
  if (!plugin) return refuse(NV_ERR_OBJECT_NOT_FOUND)
  plugin.state = 'stopped'
  plugin.busMaster = false
  return OK
}

function cleanup(gsp: ControlContext, params: Uint8Array): Answer {
  const gfid = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP.params.get(params, 'gfid')
  const plugin = gsp.state.plugins[gfid]
  if (!plugin) return refuse(NV_ERR_OBJECT_NOT_FOUND)
  if (plugin.state !== 'stopped') return refuse(NV_ERR_INVALID_STATE)
  gsp.tasks.clearHeap(plugin)
  delete gsp.state.plugins[gfid]
  return OK
}

/** Adds 1 to 64 types, up to the most of the board; `discardVgpuTypes` empties the table first. Entries beyond `vgpuInfoCount` are ignored. */
function addTypes(gsp: ControlContext, params: Uint8Array): Answer {
  const { discardVgpuTypes, vgpuInfoCount, vgpuInfo } =
    NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE.params.fields
  const view = new DataView(params.buffer, params.byteOffset, params.byteLength)
  const count = vgpuInfoCount.layout.read(view, vgpuInfoCount.offset)
  if (count < 1 || count > NVA081_MAX_VGPU_TYPES_PER_PGPU) return refuse(NV_ERR_INVALID_ARGUMENT)
  const types = discardVgpuTypes.layout.read(view, discardVgpuTypes.offset) ? [] : [...gsp.state.types]
  for (let i = 0; i < count; i += 1) {
    const at = vgpuInfo.offset + i * NVA081_CTRL_VGPU_INFO.size
    const blob = params.subarray(at, at + NVA081_CTRL_VGPU_INFO.size)
    const vgpuType = NVA081_CTRL_VGPU_INFO.get(blob, 'vgpuType')
    if (vgpuType === 0 || types.some((known) => known.vgpuType === vgpuType)) return refuse(NV_ERR_INVALID_ARGUMENT)
    types.push(gsp.storage.put(blob))
  }
  if (types.length > gsp.board.mostTypes) return refuse(NV_ERR_INSUFFICIENT_RESOURCES)
  gsp.state.types = types
  return OK
}

function clearGuestVmInfo(gsp: ControlContext, params: Uint8Array): Answer {
  const { gfid } = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO.params.decode(params)
  const plugin = gsp.state.plugins[gfid]
  if (!plugin) return refuse(NV_ERR_OBJECT_NOT_FOUND)
  plugin.vmPid = 0
  plugin.guest = null
  return OK
}

function encoderCapacity(gsp: ControlContext, params: Uint8Array): Answer {
  const request = NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY.params.decode(params)
  const plugin = gsp.state.plugins[request.gfid]
  if (!plugin) return refuse(NV_ERR_OBJECT_NOT_FOUND)
  if (request.encoderCapacity > 100) return refuse(NV_ERR_INVALID_ARGUMENT)
  plugin.encoderCapacity = request.encoderCapacity
  return OK
}

/** The metadata string of a GPU; must be equal on both sides of a migration. */
function fsEncoding(gsp: ControlContext): Answer {
  const text = metadataString(gsp.board, gsp.state.eccEnabled)
  return answer(
    NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING.params.encode({
      pgpuString: text,
      pgpuStringSize: text.length + 1,
    }),
  )
}

function setMgrConfig(gsp: ControlContext, params: Uint8Array): Answer {
  if (Object.keys(gsp.state.plugins).length > 0) return refuse(NV_ERR_STATE_IN_USE)
  gsp.state.heterogeneous =
    NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG.params.decode(params).bSupportHeterogeneousTimeSlicedVgpuTypes
  return OK
}

/** Sets the scheduler; refused while a vGPU exists, like a change of mode. */
function setScheduler(gsp: ControlContext, params: Uint8Array): Answer {
  if (Object.keys(gsp.state.plugins).length > 0) return refuse(NV_ERR_STATE_IN_USE)
  gsp.state.scheduler = SIM2080_CTRL_CMD_SET_VGPU_SCHEDULER.params.get(params, 'pvmrl')
  return OK
}

function eccStatus(gsp: ControlContext): Answer {
  return answer(eccAnswer(gsp.state.eccEnabled, gsp.board.eccSupported))
}

function setNotification(gsp: ControlContext, params: Uint8Array): Answer {
  const { event, action } = NV2080_CTRL_CMD_EVENT_SET_NOTIFICATION.params.decode(params)
  const others = gsp.state.notifications.filter((known) => known !== event)
  gsp.state.notifications = action === 0 ? others : [...others, event].sort((a, b) => a - b)
  return OK
}

/** Pages through the engines, 32 entries at a time; SW and SEC2 are among them. */
function deviceInfoTable(gsp: ControlContext, params: Uint8Array): Answer {
  const { baseIndex } = NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE.params.decode(params)
  const engines = gsp.board.engines
  const page = engines.slice(baseIndex, baseIndex + 32)
  return answer(
    NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE.params.encode({
      baseIndex,
      numEntries: page.length,
      bMore: baseIndex + page.length < engines.length,
      entries: page.map((engine, i) => ({
        engineData: [engine, baseIndex + i, engine, baseIndex + i, baseIndex + i, 0],
        pbdmaIds: [baseIndex + i],
        pbdmaFaultIds: [baseIndex + i],
        numPbdmas: 1,
        engineName: engineTypeName(engine),
      })),
    }),
  )
}
