import type { BoardIdentity } from '../../catalog/board-identity.ts'
import type { SchedulerView } from '../../contract/views/gpu.ts'
import type { GpuInstanceProfileView, GpuInstanceView } from '../../contract/views/mig.ts'
import type { InstancePlace } from '../instance-places.ts'
import type { GuestProcess, WorkSession } from '../load/guest-work.ts'
import type { SchedulerTurn } from '../load/scheduler-log.ts'
import type { Telemetry } from '../load/telemetry.ts'
import type { GpuModes } from '../state.ts'

/** The data of nvidia-smi and NVML about a host. Memory in MiB, utilisation in whole percent, as in those tools. */
export interface SmiView {
  driverVersion: string
  /** Number of GPUs in the host, even if fewer are listed. */
  attached: number
  /** Processors near every GPU: as local_cpulist, and their NUMA node, null for none. */
  processors: { list: string; numaNode: number | null }
  gpus: SmiGpuView[]
}

export interface SmiGpuView {
  index: number
  /** Address in sysfs spelling, 0000:c1:00.0. */
  bdf: string
  /** Eight digits of domain, upper case: 00000000:C1:00.0. */
  busId: string
  uuid: string
  /** Name in the catalogue. */
  board: string
  name: string
  architecture: string
  /** CUDA compute capability, "8.9". */
  computeCap: string
  /** Device id, then vendor id: 26B510DE. */
  deviceId: string
  subsystemId: string
  baseClass: string
  subClass: string
  eccMode: OnOff
  eccPending: OnOff
  gspFirmware: string
  migMode: OnOff
  migPending: OnOff
  /** Ascending by id. */
  gpuInstances: SmiGpuInstanceView[]
  memory: SmiMemory & { reserved: number }
  bar1: SmiMemory
  powerLimitW: number | null
  use: SmiUse
  sensors: Telemetry
  modes: GpuModes
  /** The last turns of the vGPUs on the graphics engine. */
  turns: SchedulerTurn[]
  identity: BoardIdentity
  /** Percent; null on a board that leaves its fan to the chassis. */
  fan: number | null
  /** The board measures the distance to the limit (T.Limit), not the limits in degrees. */
  limitDistance: boolean
  hbm: boolean
  remappableBanks: number
  /** Utilisation of the last seconds from the firmware's reports, oldest first, percent. */
  samples: { gpu: number[]; memory: number[]; encoder: number[]; decoder: number[] }
  gpusPerBoard: number
  /** vGPU support is on: `nvidia-smi vgpu` lists this GPU. */
  vgpuHost: boolean
  heterogeneous: OnOff
  capabilities: {
    fractionalMultiVgpu: boolean
    heterogeneousProfiles: boolean
    heterogeneousSizes: boolean
    homogeneousPlacements: boolean
    /** Whether several vGPUs share a GPU instance; null on a chip that cannot. */
    migTimeSlicing: boolean | null
  }
  migration: boolean
  scheduler: SchedulerView
  sriov: { totalVfs: number; numVfs: number }
  vgpus: SmiVgpuView[]
}

/** A GPU instance with the memory of its vGPUs. */
export interface SmiGpuInstanceView extends GpuInstanceView {
  memory: SmiMemory & { reserved: number }
  bar1: SmiMemory
}

/** A GPU of a board with MIG, for `nvidia-smi mig`. */
export interface SmiMigGpu {
  readonly index: number
  readonly bdf: string
  readonly enabled: boolean
  /** In the order of the board. */
  readonly profiles: readonly GpuInstanceProfileView[]
  /** In the order of their profiles, then by id. */
  readonly instances: readonly SmiMigInstance[]
}

export interface SmiMigInstance extends GpuInstanceView {
  readonly computeProfiles: readonly SmiComputeProfile[]
}

/** A profile of compute instances in a GPU instance. The default one takes all of it. */
export interface SmiComputeProfile {
  readonly id: number
  readonly name: string
  readonly free: number
  readonly total: number
  readonly isDefault: boolean
  readonly multiprocessors: number
  readonly starts: readonly number[]
  readonly size: number
}

export type OnOff = 'Enabled' | 'Disabled' | 'N/A'

export interface SmiMemory {
  total: number
  used: number
  free: number
}

export interface SmiUse {
  gpu: number
  memory: number
  encoder: number
  decoder: number
  jpeg: number
  ofa: number
}

/** A running vGPU. nvidia-smi lists only vGPUs that a VM has open. */
export interface SmiVgpuView {
  gpu: number
  vgpuId: number
  uuid: string
  name: string
  typeId: number
  /** UUID of its mediated device; null on a host with another face. */
  mdevUuid: string | null
  vmUuid: string
  vmName: string
  pid: number
  vf: string
  guestDriver: string | null
  license: string
  placementId: number | null
  /** Of a MIG-backed vGPU. */
  gpuInstanceId: number | null
  eccMode: OnOff
  /** Hz; null while the limiter is off or no guest driver is loaded. */
  frameRateLimit: number | null
  /** Address inside the guest. */
  guestBusId: string
  memory: SmiMemory
  /** GPU memory of the vGPU: guest framebuffer and management heap. */
  residentMiB: number
  use: SmiUse
  /** Share of the encoders that it may use, percent. */
  encoderCapacity: number
  /** Remote desktop of the guest: it encodes and captures; null while none works. */
  session: WorkSession | null
  /** The guest's process; null without a driver in the guest. */
  process: GuestProcess | null
  licensed: boolean
  /** Seconds since 1970; 0 for a licence without an end. */
  licenseExpiry: number
  accounting: boolean
}

export interface SmiTypeView {
  gpu: number
  id: number
  name: string
  class: string
  license: string
  maxInstance: number
  /** Profile of the GPU instance behind it, and how many share one; null for a time-sliced type. */
  gpuInstanceProfileId: number | null
  maxPerGpuInstance: number | null
  maxInstancesPerVm: number | null
  multiVgpuExclusive: boolean
  exclusiveType: boolean
  exclusiveSize: boolean
  /** Device id, then vendor id, 0x26b510de. */
  deviceId: string
  subsystemId: string
  framebufferMiB: number
  numHeads: number
  maxResolutionX: number
  maxResolutionY: number
  /** Hz; 0 without a limit. */
  frameRateLimit: number
  /** Ids in mixed-size mode; null on a board without it. */
  placement: { size: number; supported: number[] } | null
  creatable: boolean
  /** Free placement ids of the type; null where the GPU's mode has no ids. */
  creatableIds: number[] | null
  /** MIG-backed types: the GPU instances that take one more, with the placement ids free in them. */
  creatableOn: readonly InstancePlace[]
}
