import { struct } from './compound.ts'
import { control } from './control.ts'
import { array } from './elements.ts'
import { bool8, u32 } from './scalars.ts'

// Controls of class 0xc637, a reference to a GPU instance, for compute instances: "exec partitions" in NVIDIA's headers. Names,
// numbers and members are those of the open headers; no measured layout of release 535 is published.

export const NVC637_CTRL_MAX_EXEC_PARTITIONS = 8
/** flags of a request: the instance is to have the id in `execPartId`, or to be at `spanStart` */
export const NVC637_CTRL_DMA_EXEC_PARTITIONS_CREATE_REQUEST = { WITH_PART_ID: 1, AT_SPAN: 2 } as const

export const NVC637_CTRL_EXEC_PARTITIONS_INFO = struct('NVC637_CTRL_EXEC_PARTITIONS_INFO', () => ({
  gpcCount: u32,
  gfxGpcCount: u32,
  veidCount: u32,
  ceCount: u32,
  nvEncCount: u32,
  nvDecCount: u32,
  nvJpgCount: u32,
  ofaCount: u32,
  sharedEngFlag: u32,
  smCount: u32,
  /** first slice inside the GPU instance */
  spanStart: u32,
  /** here the id of the profile */
  computeSize: u32,
}))

export const NVC637_CTRL_CMD_EXEC_PARTITIONS_CREATE = control(
  'NVC637_CTRL_CMD_EXEC_PARTITIONS_CREATE',
  0xc6370101,
  struct('NVC637_CTRL_EXEC_PARTITIONS_CREATE_PARAMS', () => ({
    bQuery: bool8,
    flags: u32,
    execPartCount: u32,
    execPartInfo: array(NVC637_CTRL_EXEC_PARTITIONS_INFO, NVC637_CTRL_MAX_EXEC_PARTITIONS),
    /** the answer, and the wish of a request WITH_PART_ID */
    execPartId: array(u32, NVC637_CTRL_MAX_EXEC_PARTITIONS),
  })),
)

export const NVC637_CTRL_CMD_EXEC_PARTITIONS_DELETE = control(
  'NVC637_CTRL_CMD_EXEC_PARTITIONS_DELETE',
  0xc6370102,
  struct('NVC637_CTRL_EXEC_PARTITIONS_DELETE_PARAMS', () => ({
    execPartCount: u32,
    execPartId: array(u32, NVC637_CTRL_MAX_EXEC_PARTITIONS),
  })),
)

export const NVC637_CTRL_CMD_EXEC_PARTITIONS_GET = control(
  'NVC637_CTRL_CMD_EXEC_PARTITIONS_GET',
  0xc6370103,
  struct('NVC637_CTRL_EXEC_PARTITIONS_GET_PARAMS', () => ({
    execPartCount: u32,
    execPartId: array(u32, NVC637_CTRL_MAX_EXEC_PARTITIONS),
    execPartInfo: array(NVC637_CTRL_EXEC_PARTITIONS_INFO, NVC637_CTRL_MAX_EXEC_PARTITIONS),
  })),
)
