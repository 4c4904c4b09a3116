import * as v from 'valibot'
import { address, count, listOf, maybeCount, maybeText, oneOf, text, truth } from '../values.ts'

/** An attribute of a vGPU's device, written when it is created, in order; a name may be there several times. */
export const ATTRIBUTE = v.strictObject({ name: text, value: text })
export type VgpuAttr = v.InferOutput<typeof ATTRIBUTE>

/** A vGPU that is meant to be. */
export const DEFINITION = v.strictObject({
  uuid: text,
  name: maybeText,
  vgpuType: count,
  /** Address of its GPU. */
  gpu: address,
  /** Index of the VF it would rather have; null for any. */
  vf: maybeCount,
  /** First slot it has to have; null for the first creatable one. */
  placementId: maybeCount,
  /** auto: at boot, by itself. */
  start: oneOf('auto', 'manual'),
  attrs: listOf(ATTRIBUTE),
})
export type Definition = v.InferOutput<typeof DEFINITION>

/** What a GPU is brought back to at boot. */
export const BOOT_INTENT = v.strictObject({
  numVfs: count,
  heterogeneous: truth,
  /** RmPVMRL word; null for the module option. */
  scheduler: maybeCount,
  /** Asked for by itself; otherwise it goes with the last definition of the GPU that starts at boot. */
  kept: truth,
})
export type BootIntent = v.InferOutput<typeof BOOT_INTENT>
