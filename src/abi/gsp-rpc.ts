import { aligned, struct } from './compound.ts'
import { array, bytes, text } from './elements.ts'
import { namesOf } from './names.ts'
import { NVOS00_PARAMETERS_v03_00 } from './rm-objects.ts'
import { bool8, u8, u16, u32, u64 } from './scalars.ts'

// Functions of the RPC protocol (g_rpc-message-header.h): requests from the host to the GSP.
export const NV_VGPU_MSG_FUNCTION_NOP = 0
export const NV_VGPU_MSG_FUNCTION_FREE = 10
export const NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER = 47
export const NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO = 65
export const NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD = 71
export const NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO = 72
export const NV_VGPU_MSG_FUNCTION_SET_REGISTRY = 73
export const NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL = 76
export const NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC = 103
export const NV_VGPU_MSG_FUNCTION_NUM_FUNCTIONS = 203

// Events: unsolicited messages from the GSP to the host. The simulation uses no event from 0x1013 to 0x1017.
export const NV_VGPU_MSG_EVENT_FIRST_EVENT = 0x1000
export const NV_VGPU_MSG_EVENT_GSP_INIT_DONE = 0x1001
export const NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER = 0x1002
export const NV_VGPU_MSG_EVENT_POST_EVENT = 0x1003
export const NV_VGPU_MSG_EVENT_RC_TRIGGERED = 0x1004
export const NV_VGPU_MSG_EVENT_MMU_FAULT_QUEUED = 0x1005
export const NV_VGPU_MSG_EVENT_OS_ERROR_LOG = 0x1006
export const NV_VGPU_MSG_EVENT_RG_LINE_INTR = 0x1007
export const NV_VGPU_MSG_EVENT_GPUACCT_PERFMON_UTIL_SAMPLES = 0x1008
export const NV_VGPU_MSG_EVENT_SIM_READ = 0x1009
export const NV_VGPU_MSG_EVENT_SIM_WRITE = 0x100a
export const NV_VGPU_MSG_EVENT_SEMAPHORE_SCHEDULE_CALLBACK = 0x100b
export const NV_VGPU_MSG_EVENT_UCODE_LIBOS_PRINT = 0x100c
export const NV_VGPU_MSG_EVENT_VGPU_GSP_PLUGIN_TRIGGERED = 0x100d
export const NV_VGPU_MSG_EVENT_PERF_GPU_BOOST_SYNC_LIMITS_CALLBACK = 0x100e
export const NV_VGPU_MSG_EVENT_PERF_BRIDGELESS_INFO_UPDATE = 0x100f
export const NV_VGPU_MSG_EVENT_VGPU_CONFIG = 0x1010
export const NV_VGPU_MSG_EVENT_DISPLAY_MODESET = 0x1011
export const NV_VGPU_MSG_EVENT_EXTDEV_INTR_SERVICE = 0x1012
export const NV_VGPU_MSG_EVENT_TIMED_SEMAPHORE_RELEASE = 0x1018
export const NV_VGPU_MSG_EVENT_NVLINK_IS_GPU_DEGRADED = 0x1019
export const NV_VGPU_MSG_EVENT_PFM_REQ_HNDLR_STATE_SYNC_CALLBACK = 0x101a
export const NV_VGPU_MSG_EVENT_GSP_SEND_USER_SHARED_DATA = 0x101b
export const NV_VGPU_MSG_EVENT_NVLINK_FAULT_UP = 0x101c
export const NV_VGPU_MSG_EVENT_GSP_LOCKDOWN_NOTICE = 0x101d
export const NV_VGPU_MSG_EVENT_MIG_CI_CONFIG_UPDATE = 0x101e
export const NV_VGPU_MSG_EVENT_NUM_EVENTS = 0x101f

const FUNCTION_NAMES = namesOf({
  NV_VGPU_MSG_FUNCTION_NOP,
  NV_VGPU_MSG_FUNCTION_FREE,
  NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER,
  NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO,
  NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD,
  NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO,
  NV_VGPU_MSG_FUNCTION_SET_REGISTRY,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
})

const EVENT_NAMES = namesOf({
  NV_VGPU_MSG_EVENT_GSP_INIT_DONE,
  NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER,
  NV_VGPU_MSG_EVENT_POST_EVENT,
  NV_VGPU_MSG_EVENT_RC_TRIGGERED,
  NV_VGPU_MSG_EVENT_MMU_FAULT_QUEUED,
  NV_VGPU_MSG_EVENT_OS_ERROR_LOG,
  NV_VGPU_MSG_EVENT_RG_LINE_INTR,
  NV_VGPU_MSG_EVENT_GPUACCT_PERFMON_UTIL_SAMPLES,
  NV_VGPU_MSG_EVENT_SIM_READ,
  NV_VGPU_MSG_EVENT_SIM_WRITE,
  NV_VGPU_MSG_EVENT_SEMAPHORE_SCHEDULE_CALLBACK,
  NV_VGPU_MSG_EVENT_UCODE_LIBOS_PRINT,
  NV_VGPU_MSG_EVENT_VGPU_GSP_PLUGIN_TRIGGERED,
  NV_VGPU_MSG_EVENT_PERF_GPU_BOOST_SYNC_LIMITS_CALLBACK,
  NV_VGPU_MSG_EVENT_PERF_BRIDGELESS_INFO_UPDATE,
  NV_VGPU_MSG_EVENT_VGPU_CONFIG,
  NV_VGPU_MSG_EVENT_DISPLAY_MODESET,
  NV_VGPU_MSG_EVENT_EXTDEV_INTR_SERVICE,
  NV_VGPU_MSG_EVENT_TIMED_SEMAPHORE_RELEASE,
  NV_VGPU_MSG_EVENT_NVLINK_IS_GPU_DEGRADED,
  NV_VGPU_MSG_EVENT_PFM_REQ_HNDLR_STATE_SYNC_CALLBACK,
  NV_VGPU_MSG_EVENT_GSP_SEND_USER_SHARED_DATA,
  NV_VGPU_MSG_EVENT_NVLINK_FAULT_UP,
  NV_VGPU_MSG_EVENT_GSP_LOCKDOWN_NOTICE,
  NV_VGPU_MSG_EVENT_MIG_CI_CONFIG_UPDATE,
})

/** The name of an RPC function without its common prefix, `GSP_RM_CONTROL`; `FUNCTION 0x…` for an unknown number. */
export function gspFunctionName(number: number): string {
  return FUNCTION_NAMES().get(number)?.slice('NV_VGPU_MSG_FUNCTION_'.length) ?? `FUNCTION 0x${number.toString(16)}`
}

/** The name of an RPC event without its common prefix, `OS_ERROR_LOG`; `EVENT 0x…` for an unknown number. */
export function gspEventName(number: number): string {
  return EVENT_NAMES().get(number)?.slice('NV_VGPU_MSG_EVENT_'.length) ?? `EVENT 0x${number.toString(16)}`
}

/** The number of an event by its short name, in any case. */
export function eventNumber(name: string): number | undefined {
  const wanted = `NV_VGPU_MSG_EVENT_${name.toUpperCase()}`
  for (const [number, known] of EVENT_NAMES()) if (known === wanted) return number
  return undefined
}

// The shared memory block: two rings (commands, status), each a page of headers and then the entries.
export const GSP_MSG_QUEUE_SIZE = 0x40000
export const GSP_MSG_QUEUE_ENTRY_SIZE = 4096
export const GSP_MSG_QUEUE_ENTRIES = 63
/** offset of the reader's header in a ring, behind the writer's */
export const GSP_MSG_QUEUE_RX_HDR_OFFSET = 32
/** bytes of the element header alone; GSP_MSG_QUEUE_ELEMENT below includes the RPC header */
export const GSP_MSG_QUEUE_ELEMENT_HDR_SIZE = 48
/** the largest message with both headers: 16 entries */
export const GSP_MSG_MAX_SIZE = 0x10000
/** the largest payload of one message; a longer one continues in messages of function CONTINUATION_RECORD */
export const GSP_MSG_MAX_PAYLOAD = GSP_MSG_MAX_SIZE - 80

export const NV_VGPU_MSG_HEADER_VERSION = 0x0300_0000
/** the bytes "VRPC" */
export const NV_VGPU_MSG_SIGNATURE_VALID = 0x4350_5256
/** value of both result words until the firmware answers */
export const NV_VGPU_MSG_RESULT_RPC_PENDING = 0xffff_ffff

/** polls of 1 to 2 microseconds until a full command queue is ETIMEDOUT */
export const GSP_CMDQ_PUSH_POLLS = 1_000_000
/** polls of 1 to 2 microseconds until a missing reply is ETIMEDOUT */
export const GSP_REPLY_POLLS = 4_000_000

/** Head of a ring, written by its writer. */
export const msgqTxHeader = struct('msgqTxHeader', () => ({
  version: u32,
  size: u32,
  msgSize: u32,
  msgCount: u32,
  /** next entry to write, 0 to 62 */
  writePtr: u32,
  /** 1: the peer's reader header is in use */
  flags: u32,
  /** GSP_MSG_QUEUE_RX_HDR_OFFSET */
  rxHdrOff: u32,
  /** one page */
  entryOff: u32,
}))

/** Read position of a ring's writer in the other ring; lies behind the head. */
export const msgqRxHeader = struct('msgqRxHeader', () => ({
  /** next entry to read */
  readPtr: u32,
}))

/** Header of every RPC payload. The payload follows directly. */
export const rpc_message_header_v03_00 = struct('rpc_message_header_v03_00', () => ({
  header_version: u32,
  signature: u32,
  /** this header and the payload, bytes */
  length: u32,
  function: u32,
  rpc_result: u32,
  rpc_result_private: u32,
  sequence: u32,
  /** a union of two words, spare and cpuRmGfid; zero */
  u: u32,
}))

/** First bytes of a message in a ring. */
export const GSP_MSG_QUEUE_ELEMENT = struct('GSP_MSG_QUEUE_ELEMENT', () => ({
  authTagBuffer: bytes(16),
  aadBuffer: bytes(16),
  /** checksum of the whole element: XOR of its 64-bit words, high half XOR low half */
  checkSum: u32,
  /** per side, from 0 */
  seqNum: u32,
  /** entries used: both headers and the payload, in pages, rounded up */
  elemCount: u32,
  rpc: aligned(rpc_message_header_v03_00, 8),
}))

/** Function GSP_RM_ALLOC; the class's parameters follow. */
export const rpc_gsp_rm_alloc_v03_00 = struct('rpc_gsp_rm_alloc_v03_00', () => ({
  hClient: u32,
  hParent: u32,
  hObject: u32,
  hClass: u32,
  /** NV_STATUS, in the reply */
  status: u32,
  /** bytes that follow */
  paramsSize: u32,
  flags: u32,
  reserved: bytes(4),
}))

/** Function GSP_RM_CONTROL; the command's parameters follow. */
export const rpc_gsp_rm_control_v03_00 = struct('rpc_gsp_rm_control_v03_00', () => ({
  hClient: u32,
  hObject: u32,
  cmd: u32,
  /** NV_STATUS, in the reply */
  status: u32,
  /** bytes that follow */
  paramsSize: u32,
  flags: u32,
}))

/** Function FREE. */
export const rpc_free_v03_00 = struct('rpc_free_v03_00', () => ({
  params: NVOS00_PARAMETERS_v03_00,
}))

/** Function UNLOADING_GUEST_DRIVER. */
export const rpc_unloading_guest_driver_v1F_07 = struct('rpc_unloading_guest_driver_v1F_07', () => ({
  /** set when suspending */
  bInPMTransition: bool8,
  bGc6Entering: bool8,
  /** 3 when suspending, 0 when unloading */
  newLevel: u32,
}))

/** Event GSP_RUN_CPU_SEQUENCER; the command words follow. */
export const rpc_run_cpu_sequencer_v17_00 = struct('rpc_run_cpu_sequencer_v17_00', () => ({
  bufferSizeDWord: u32,
  cmdIndex: u32,
  regSaveArea: array(u32, 8),
}))

/** Event POST_EVENT. Its data begins right behind the last member, before the tail padding. */
export const rpc_post_event_v17_00 = struct('rpc_post_event_v17_00', () => ({
  hClient: u32,
  hEvent: u32,
  notifyIndex: u32,
  data: u32,
  info16: u16,
  status: u32,
  eventDataSize: u32,
  /** notify every event of the notifier, not just hEvent */
  bNotifyList: bool8,
}))

export const RPC_POST_EVENT_EVENT_DATA_OFFSET = 29

/** Event RC_TRIGGERED: a channel failed. */
export const rpc_rc_triggered_v17_02 = struct('rpc_rc_triggered_v17_02', () => ({
  nv2080EngineType: u32,
  /** eight times the channel index, as nouveau reads it */
  chid: u32,
  exceptType: u32,
  scope: u32,
  partitionAttributionId: u16,
}))

/** Event OS_ERROR_LOG. */
export const rpc_os_error_log_v17_00 = struct('rpc_os_error_log_v17_00', () => ({
  /** the Xid number */
  exceptType: u32,
  runlistId: u32,
  chid: u32,
  errString: text(256),
}))

export const NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00 = struct(
  'NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00',
  () => ({
    /** hundredths of a per cent, 0 to 10,000 */
    util: u32,
    procId: u32,
    subProcessID: u32,
  }),
)

export const NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00 = struct(
  'NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00',
  () => ({
    timeStamp: u64,
    fb: NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00,
    gr: NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00,
    nvenc: NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00,
    nvdec: NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00,
  }),
)

/** samples a report can carry */
export const NV2080_CTRL_PERF_GPUMON_SAMPLE_COUNT_PERFMON_UTIL = 72

export const NV2080_CTRL_PERF_GET_GPUMON_PERFMON_UTIL_SAMPLES_V2_PARAMS_v17_00 = struct(
  'NV2080_CTRL_PERF_GET_GPUMON_PERFMON_UTIL_SAMPLES_V2_PARAMS_v17_00',
  () => ({
    /** 2: perfmon utilisation */
    type: u8,
    /** valid bytes of samples */
    bufSize: u32,
    count: u32,
    /** index of the newest sample */
    tracker: u32,
    samples: array(
      NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00,
      NV2080_CTRL_PERF_GPUMON_SAMPLE_COUNT_PERFMON_UTIL,
    ),
  }),
)

/** Event GPUACCT_PERFMON_UTIL_SAMPLES, about once a second. */
export const rpc_gpuacct_perfmon_util_samples_v17_00 = struct('rpc_gpuacct_perfmon_util_samples_v17_00', () => ({
  params: NV2080_CTRL_PERF_GET_GPUMON_PERFMON_UTIL_SAMPLES_V2_PARAMS_v17_00,
}))

/** Event VGPU_GSP_PLUGIN_TRIGGERED: a plugin task needs service. */
export const rpc_vgpu_gsp_plugin_triggered_v17_00 = struct('rpc_vgpu_gsp_plugin_triggered_v17_00', () => ({
  gfid: u32,
  notifyIndex: u32,
}))

/** Event VGPU_CONFIG. */
export const rpc_vgpu_config_event_v17_00 = struct('rpc_vgpu_config_event_v17_00', () => ({
  /** NVA081_NOTIFIERS_EVENT_*, below NVA081_NOTIFIERS_MAXCOUNT */
  notifyIndex: u32,
}))
