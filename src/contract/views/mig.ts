import {
  bdf,
  count,
  described,
  flag,
  type Infer,
  list,
  nullable,
  object,
  oneOf,
  pattern,
  text,
  uuid,
} from './schema.ts'

/** A profile of GPU instances. Null is unknown. */
export interface MigProfile {
  /** "1g.10gb", "1g.10gb+me". */
  readonly name: string
  readonly id: number
  readonly maxInstances: number
  readonly memoryMiB: number | null
  readonly multiprocessors: number | null
  readonly copyEngines: number
  readonly decoders: number
  readonly encoders: number
  readonly jpeg: number
  readonly ofa: number
  /** Places: where an instance may start, and its size, in memory slices. */
  readonly starts: readonly number[]
  readonly size: number
}

const mode = oneOf('N/A', 'Disabled', 'Enabled')
const profile = object({ id: count, name: text })
const placement = described(object({ start: count, size: count }), 'in slots of the grid')

/** MIG mode of a GPU. */
export const MIG_MODE = object({
  gpu: count,
  bdf,
  uuid: pattern('^GPU-[0-9a-f-]{36}$'),
  name: text,
  /** N/A without MIG. */
  current: mode,
  /** After the next GPU reset. */
  pending: mode,
  /** Whether several vGPUs may share a GPU instance; null where the chip cannot. */
  timeSlicing: nullable(flag),
  gpuInstances: count,
  computeInstances: count,
})
export type MigModeView = Infer<typeof MIG_MODE>

/** A compute instance: a MIG device. */
export const COMPUTE_INSTANCE = object({
  id: count,
  profile,
  /** In slices of the GPU instance. */
  placement,
  multiprocessors: nullable(count),
  /** Number of the MIG device on its GPU. */
  device: count,
  /** Of the MIG device; the same place has the same UUID again. */
  uuid: pattern('^MIG-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'),
})
export type ComputeInstanceView = Infer<typeof COMPUTE_INSTANCE>

const engines = object({ copy: count, decoders: count, encoders: count, jpeg: count, ofa: count })

/** A GPU instance. */
export const GPU_INSTANCE = object({
  gpu: count,
  bdf,
  id: count,
  profile,
  placement,
  memoryMiB: nullable(count),
  multiprocessors: nullable(count),
  engines,
  computeInstances: list(COMPUTE_INSTANCE),
  /** Mixed profile sizes (heterogeneous) or one (homogeneous) among its vGPUs. */
  vgpuMode: oneOf('homogeneous', 'heterogeneous'),
  vgpus: described(list(uuid), 'that run on it or are configured on it'),
})
export type GpuInstanceView = Infer<typeof GPU_INSTANCE>

/** A profile of GPU instances on a GPU, with its free places. */
export const GPU_INSTANCE_PROFILE = object({
  gpu: count,
  bdf,
  id: count,
  name: text,
  /** Instances of this profile alone that can be created now. */
  free: count,
  max: count,
  memoryMiB: nullable(count),
  multiprocessors: nullable(count),
  engines,
  /** Possible starts and free ones, ascending, and the size, in slots of the grid. */
  starts: list(count),
  freeStarts: list(count),
  size: count,
  computeProfiles: described(list(object({ id: count, name: text, max: count })), 'of compute instances in it'),
  vgpuTypes: described(list(text), 'vGPU types that run on an instance of it'),
})
export type GpuInstanceProfileView = Infer<typeof GPU_INSTANCE_PROFILE>
