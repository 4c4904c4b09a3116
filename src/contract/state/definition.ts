import * as v from 'valibot'
import { address, count, listOf, maybeCount, maybeText, oneOf, text, truth } from '../values.ts'

/** An attribute of a vGPU's device, written on creation, in order; a name may be repeated. */
export const ATTRIBUTE = v.strictObject({ name: text, value: text })
export type VgpuAttr = v.InferOutput<typeof ATTRIBUTE>

/** The definition of a vGPU: its desired configuration. */
export const DEFINITION = v.strictObject({
  uuid: text,
  name: maybeText,
  vgpuType: count,
  /** Address of its GPU. */
  gpu: address,
  /** Index of the preferred VF; null for any. */
  vf: maybeCount,
  /** Required first slot; null for the first creatable one. */
  placementId: maybeCount,
  /** auto: starts at boot. */
  start: oneOf('auto', 'manual'),
  attrs: listOf(ATTRIBUTE),
})
export type Definition = v.InferOutput<typeof DEFINITION>

/** The configuration of a GPU that a boot restores. */
export const BOOT_INTENT = v.strictObject({
  numVfs: count,
  heterogeneous: truth,
  /** RmPVMRL word; null for the module option. */
  scheduler: maybeCount,
  /** Requested explicitly; otherwise it is removed with the last definition of the GPU that starts at boot. */
  kept: truth,
})
export type BootIntent = v.InferOutput<typeof BOOT_INTENT>
