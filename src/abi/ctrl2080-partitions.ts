import { struct } from './compound.ts'
import { control } from './control.ts'
import { array, bytes } from './elements.ts'
import { bool8, u32, u64 } from './scalars.ts'

// Controls of the subdevice class 0x2080 for GPU instances, "partitions" in NVIDIA's headers. Names, numbers and members are those
// of the open headers; no measured layout of release 535 is published.

export const NV2080_CTRL_GPU_MAX_PARTITIONS = 8
export const NV2080_CTRL_GPU_MAX_SMC_IDS = 8
export const NV_GI_UUID_LEN = 16
/** partitionFlag: the instance is to be at `placement` */
export const NV2080_CTRL_GPU_PARTITION_FLAG_PLACE_AT_SPAN = 0x8000_0000
/** partitioningMode: MIG off, and the mode that NVIDIA's driver takes for MIG */
export const NV2080_CTRL_GPU_SET_PARTITIONING_MODE_REPARTITIONING = { LEGACY: 0, MAX_PERF: 1 } as const

export const NV2080_CTRL_GPU_PARTITION_SPAN = struct('NV2080_CTRL_GPU_PARTITION_SPAN', () => ({
  /** first and last slot */
  lo: u64,
  hi: u64,
}))

export const NV2080_CTRL_CMD_GPU_SET_PARTITIONING_MODE = control(
  'NV2080_CTRL_CMD_GPU_SET_PARTITIONING_MODE',
  0x20800183,
  struct('NV2080_CTRL_GPU_SET_PARTITIONING_MODE_PARAMS', () => ({
    /** NV2080_CTRL_GPU_SET_PARTITIONING_MODE_REPARTITIONING */
    partitioningMode: u32,
  })),
)

export const NV2080_CTRL_GPU_SET_PARTITION_INFO = struct('NV2080_CTRL_GPU_SET_PARTITION_INFO', () => ({
  /** the instance to free, or the answer to a request */
  swizzId: u32,
  uuid: bytes(NV_GI_UUID_LEN),
  /** here the id of the profile; the real driver turns an id into flags for sizes of memory and compute */
  partitionFlag: u32,
  /** true creates an instance, false frees one */
  bValid: bool8,
  placement: NV2080_CTRL_GPU_PARTITION_SPAN,
}))

export const NV2080_CTRL_CMD_GPU_SET_PARTITIONS = control(
  'NV2080_CTRL_CMD_GPU_SET_PARTITIONS',
  0x20800174,
  struct('NV2080_CTRL_GPU_SET_PARTITIONS_PARAMS', () => ({
    partitionCount: u32,
    partitionInfo: array(NV2080_CTRL_GPU_SET_PARTITION_INFO, NV2080_CTRL_GPU_MAX_PARTITIONS),
  })),
)

export const NV2080_CTRL_GPU_GET_PARTITION_INFO = struct('NV2080_CTRL_GPU_GET_PARTITION_INFO', () => ({
  swizzId: u32,
  /** here the id of the profile */
  partitionFlag: u32,
  grEngCount: u32,
  veidCount: u32,
  smCount: u32,
  ceCount: u32,
  nvEncCount: u32,
  nvDecCount: u32,
  nvJpgCount: u32,
  nvOfaCount: u32,
  gpcCount: u32,
  virtualGpcCount: u32,
  gfxGpcCount: u32,
  gpcsPerGr: array(u32, NV2080_CTRL_GPU_MAX_SMC_IDS),
  virtualGpcsPerGr: array(u32, NV2080_CTRL_GPU_MAX_SMC_IDS),
  gfxGpcPerGr: array(u32, NV2080_CTRL_GPU_MAX_SMC_IDS),
  veidsPerGr: array(u32, NV2080_CTRL_GPU_MAX_SMC_IDS),
  memSize: u64,
  span: NV2080_CTRL_GPU_PARTITION_SPAN,
  bValid: bool8,
  bPartitionError: bool8,
}))

export const NV2080_CTRL_CMD_GPU_GET_PARTITIONS = control(
  'NV2080_CTRL_CMD_GPU_GET_PARTITIONS',
  0x20800175,
  struct('NV2080_CTRL_GPU_GET_PARTITIONS_PARAMS', () => ({
    queryPartitionInfo: array(NV2080_CTRL_GPU_GET_PARTITION_INFO, NV2080_CTRL_GPU_MAX_PARTITIONS),
    validPartitionCount: u32,
    bGetAllPartitionInfo: bool8,
  })),
)
