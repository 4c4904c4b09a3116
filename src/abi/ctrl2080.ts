import { struct } from './compound.ts'
import { control } from './control.ts'
import { array, text } from './elements.ts'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_PER_PGPU, NVA081_MAX_VGPU_TYPES_PER_PGPU } from './nva081.ts'
import { bool8, u8, u16, u32, u64 } from './scalars.ts'

// Controls of the subdevice class 0x2080. The low byte numbers a command in its group; group 0x40 is the vGPU
// manager's.

export const NV2080_CTRL_MAX_VMMU_SEGMENTS = 384
export const NV2080_GPU_MAX_ENGINES = 62
export const NV2080_CTRL_GPU_VMMU_SEGMENT_SIZE_32MB = 0x2000000
export const NV2080_CTRL_GPU_VMMU_SEGMENT_SIZE_64MB = 0x4000000
export const NV2080_CTRL_GPU_VMMU_SEGMENT_SIZE_128MB = 0x8000000
export const NV2080_CTRL_GPU_VMMU_SEGMENT_SIZE_256MB = 0x10000000
export const NV2080_CTRL_GPU_VMMU_SEGMENT_SIZE_512MB = 0x20000000
export const NV2080_CTRL_GPU_SET_POWER_STATE_GPU_LEVEL_0 = 0
export const NV2080_CTRL_GPU_SET_POWER_STATE_GPU_LEVEL_3 = 3
export const NV2080_CTRL_EVENT_SET_NOTIFICATION_ACTION_REPEAT = 2
export const NV2080_CTRL_GPU_ECC_UNIT_COUNT = 24
/** entries of the device info table in one reply */
export const NV2080_CTRL_FIFO_GET_DEVICE_INFO_TABLE_MAX_ENTRIES = 32

/** Indices of engine data in an entry of the device info table. */
export const NV2080_CTRL_FIFO_ENGINE_DATA = {
  ENGINE_INFO_TYPE_ENG_DESC: 0,
  ENGINE_INFO_TYPE_FIFO_TAG: 1,
  ENGINE_INFO_TYPE_RM_ENGINE_TYPE: 2,
  ENGINE_INFO_TYPE_RUNLIST: 3,
  ENGINE_INFO_TYPE_MMU_FAULT_ID: 4,
  ENGINE_INFO_TYPE_RC_MASK: 5,
} as const

/** Bootload: everything a plugin task needs. The buffer "offsets" are framebuffer addresses. */
export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK',
  0x20804001,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK_PARAMS', () => ({
    /** routing id of the VF */
    dbdf: u32,
    /** VF index + 1 */
    gfid: u32,
    vgpuType: u32,
    vmPid: u32,
    /** MIG instance; 0 without MIG */
    swizzId: u32,
    numChannels: u32,
    numPluginChannels: u32,
    /** by engine type: first channel of the block if the engine exists, else 0 */
    chidOffset: array(u32, NV2080_GPU_MAX_ENGINES),
    bDisableDefaultSmcExecPartRestore: bool8,
    numGuestFbSegments: u32,
    guestFbPhysAddrList: array(u64, NV2080_CTRL_MAX_VMMU_SEGMENTS),
    guestFbLengthList: array(u64, NV2080_CTRL_MAX_VMMU_SEGMENTS),
    /** management heap */
    pluginHeapMemoryPhysAddr: u64,
    pluginHeapMemoryLength: u64,
    ctrlBuffOffset: u64,
    initTaskLogBuffOffset: u64,
    initTaskLogBuffSize: u64,
    vgpuTaskLogBuffOffset: u64,
    vgpuTaskLogBuffSize: u64,
    bDeviceProfilingEnabled: bool8,
  })),
)

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK',
  0x20804002,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK_PARAMS', () => ({
    gfid: u32,
  })),
)

/** Type upload: always 316,936 bytes, even for few types. */
export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE',
  0x20804003,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE_PARAMS', () => ({
    /** drop the types uploaded earlier */
    discardVgpuTypes: bool8,
    /** 1 to 64 */
    vgpuInfoCount: u32,
    vgpuInfo: array(NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_TYPES_PER_PGPU),
  })),
)

export const NV2080_GUEST_VM_INFO = struct('NV2080_GUEST_VM_INFO', () => ({
  vmPid: u32,
  guestOs: u32,
  migrationProhibited: u32,
  guestNegotiatedVgpuVersion: u32,
  frameRateLimit: u32,
  licensed: bool8,
  licenseState: u32,
  licenseExpiryTimestamp: u32,
  licenseExpiryStatus: u8,
  guestDriverVersion: text(32),
  guestDriverBranch: text(32),
  /** 0 uninitialised, 1 initialised */
  guestVmInfoState: u32,
}))

export const NV2080_HOST_VGPU_DEVICE = struct('NV2080_HOST_VGPU_DEVICE', () => ({
  gfid: u32,
  vgpuPciId: u64,
  vgpuDeviceInstanceId: u32,
  fbUsed: u64,
  /** per cent */
  encoderCapacity: u32,
  /** NVA081_CTRL_ECC_STATE_* */
  eccState: u32,
  bDriverLoaded: bool8,
}))

export const NV2080_VGPU_GUEST = struct('NV2080_VGPU_GUEST', () => ({
  guestVmInfo: NV2080_GUEST_VM_INFO,
  vgpuDevice: NV2080_HOST_VGPU_DEVICE,
}))

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU',
  0x20804004,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU_PARAMS', () => ({
    numVgpu: u32,
    vgpuGuest: array(NV2080_VGPU_GUEST, NVA081_MAX_VGPU_PER_PGPU),
  })),
)

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO',
  0x20804005,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO_PARAMS', () => ({
    gfid: u32,
  })),
)

export const NV2080_VGPU_FB_USAGE = struct('NV2080_VGPU_FB_USAGE', () => ({
  gfid: u32,
  fbUsed: u64,
}))

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE',
  0x20804006,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE_PARAMS', () => ({
    vgpuCount: u32,
    vgpuFbUsage: array(NV2080_VGPU_FB_USAGE, NVA081_MAX_VGPU_PER_PGPU),
  })),
)

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY',
  0x20804007,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY_PARAMS', () => ({
    gfid: u32,
    /** per cent, 0 to 100 */
    encoderCapacity: u32,
  })),
)

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP',
  0x20804008,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP_PARAMS', () => ({
    gfid: u32,
  })),
)

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING',
  0x20804009,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING_PARAMS', () => ({
    pgpuString: text(256),
    pgpuStringSize: u32,
  })),
)

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT',
  0x2080400a,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT_PARAMS', () => ({
    bIsMigrationSupported: bool8,
  })),
)

export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG',
  0x2080400b,
  struct('NV2080_CTRL_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG_PARAMS', () => ({
    bSupportHeterogeneousTimeSlicedVgpuTypes: bool8,
  })),
)

export const NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE = control(
  'NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE',
  0x2080017e,
  struct('NV2080_CTRL_GPU_GET_VMMU_SEGMENT_SIZE_PARAMS', () => ({
    /** bytes, NV2080_CTRL_GPU_VMMU_SEGMENT_SIZE_* */
    vmmuSegmentSize: u64,
  })),
)

export const NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS = struct('NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS', () => ({
  count: u64,
}))

export const NV2080_CTRL_GPU_QUERY_ECC_UNIT_STATUS = struct('NV2080_CTRL_GPU_QUERY_ECC_UNIT_STATUS', () => ({
  enabled: bool8,
  scrubComplete: bool8,
  supported: bool8,
  dbe: NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
  dbeNonResettable: NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
  sbe: NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
  sbeNonResettable: NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
}))

export const NV2080_CTRL_GR_ROUTE_INFO = struct('NV2080_CTRL_GR_ROUTE_INFO', () => ({
  flags: u32,
  route: u64,
}))

export const NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS = control(
  'NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS',
  0x2080012f,
  struct('NV2080_CTRL_GPU_QUERY_ECC_STATUS_PARAMS', () => ({
    units: array(NV2080_CTRL_GPU_QUERY_ECC_UNIT_STATUS, NV2080_CTRL_GPU_ECC_UNIT_COUNT),
    bFatalPoisonError: bool8,
    uncorrectableError: u8,
    flags: u32,
    grRouteInfo: NV2080_CTRL_GR_ROUTE_INFO,
  })),
)

export const NV2080_CTRL_CMD_GSP_GET_FEATURES = control(
  'NV2080_CTRL_CMD_GSP_GET_FEATURES',
  0x20803601,
  struct('NV2080_CTRL_GSP_GET_FEATURES_PARAMS', () => ({
    gspFeatures: u32,
    bValid: bool8,
    bDefaultGspRmGpu: bool8,
    firmwareVersion: text(64),
  })),
)

export const NV2080_CTRL_CMD_EVENT_SET_NOTIFICATION = control(
  'NV2080_CTRL_CMD_EVENT_SET_NOTIFICATION',
  0x20800301,
  struct('NV2080_CTRL_EVENT_SET_NOTIFICATION_PARAMS', () => ({
    event: u32,
    /** NV2080_CTRL_EVENT_SET_NOTIFICATION_ACTION_REPEAT */
    action: u32,
    bNotifyState: bool8,
    info32: u32,
    info16: u16,
  })),
)

export const NV2080_CTRL_FIFO_DEVICE_ENTRY = struct('NV2080_CTRL_FIFO_DEVICE_ENTRY', () => ({
  /** see NV2080_CTRL_FIFO_ENGINE_DATA */
  engineData: array(u32, 16),
  pbdmaIds: array(u32, 2),
  pbdmaFaultIds: array(u32, 2),
  numPbdmas: u32,
  engineName: text(16),
}))

export const NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE = control(
  'NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE',
  0x20801112,
  struct('NV2080_CTRL_FIFO_GET_DEVICE_INFO_TABLE_PARAMS', () => ({
    /** in: first entry wanted */
    baseIndex: u32,
    /** out: valid entries */
    numEntries: u32,
    /** out: more entries follow from baseIndex + numEntries on */
    bMore: bool8,
    entries: array(NV2080_CTRL_FIFO_DEVICE_ENTRY, NV2080_CTRL_FIFO_GET_DEVICE_INFO_TABLE_MAX_ENTRIES),
  })),
)

// Controls without modelled parameters.
export const NV2080_CTRL_CMD_INTERNAL_INTR_GET_KERNEL_TABLE = control(
  'NV2080_CTRL_CMD_INTERNAL_INTR_GET_KERNEL_TABLE',
  0x20800a5c,
)
export const NV2080_CTRL_CMD_INTERNAL_GET_CONSTRUCTED_FALCON_INFO = control(
  'NV2080_CTRL_CMD_INTERNAL_GET_CONSTRUCTED_FALCON_INFO',
  0x20800a42,
)
export const NV2080_CTRL_CMD_PERF_GET_GPUMON_PERFMON_UTIL_SAMPLES_V2 = control(
  'NV2080_CTRL_CMD_PERF_GET_GPUMON_PERFMON_UTIL_SAMPLES_V2',
  0x20802096,
)

// Controls of release 570. The 535 firmware answers NV_ERR_INVALID_COMMAND.
export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_FREE_STATES = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_FREE_STATES',
  0x2080400c,
)
export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_FRAME_RATE_LIMITER_STATUS = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_FRAME_RATE_LIMITER_STATUS',
  0x2080400d,
)
export const NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_HETEROGENEOUS_MODE = control(
  'NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_HETEROGENEOUS_MODE',
  0x2080400e,
)
