import * as v from 'valibot'
import { count, defaulted, listOf, off, truth } from '../values.ts'

/** A compute instance. Places count in the slices of its GPU instance. */
const COMPUTE_INSTANCE = v.strictObject({ id: count, profileId: count, start: count, size: count })
export type ComputeInstanceState = v.InferOutput<typeof COMPUTE_INSTANCE>

/** A GPU instance. Its place counts in the slots of the board; its id follows from the place. */
const GPU_INSTANCE = v.strictObject({
  swizzId: count,
  profileId: count,
  start: count,
  size: count,
  /** Mixed sizes among its vGPUs. */
  heterogeneous: off,
  /** Ascending by id. */
  computeInstances: listOf(COMPUTE_INSTANCE),
})
export type GpuInstanceState = v.InferOutput<typeof GPU_INSTANCE>

/** MIG in the firmware. */
export const MIG = v.strictObject({
  enabled: off,
  /** Several vGPUs may share a GPU instance, on chips that can. */
  timeSlicing: defaulted(truth, true),
  /** Ascending by id. */
  instances: defaulted(listOf(GPU_INSTANCE), () => []),
})
