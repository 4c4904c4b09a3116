import * as v from 'valibot'
import { bytes, count, defaulted, listOf, mapOf, maybeText, off, oneOf, sparse, text, zero } from '../values.ts'
import { MIG } from './mig.ts'
import { HEX, NUMBER_KEY, QUEUE } from './parts.ts'
import { PLUGIN } from './plugin.ts'

/** Bytes of NVA081_CTRL_VGPU_INFO. */
export const TYPE_RECORD_BYTES = 4952
export const TYPE_RECORD = sparse(TYPE_RECORD_BYTES)

/** A type that was sent to GSP; the record is null if it is the catalogue's. */
const GSP_TYPE = v.strictObject({ vgpuType: count, blob: v.nullable(TYPE_RECORD) })
export type GspType = v.InferOutput<typeof GSP_TYPE>

const BOOT_STEP = v.strictObject({
  at: count,
  step: text,
  note: text,
  /** Cause of the failure as an errno; null without one. */
  errno: maybeText,
})
export type BootStep = v.InferOutput<typeof BOOT_STEP>

const RM_OBJECT = v.strictObject({
  class: count,
  parent: count,
  /** Of a reference to a GPU instance. */
  swizzId: v.exactOptional(count),
})
export type RmObject = v.InferOutput<typeof RM_OBJECT>

export const GSP = v.strictObject({
  power: defaulted(oneOf('off', 'booting', 'running', 'suspended', 'failed'), 'off'),
  /** Steps of the last boot, in order; a failed step is the last. */
  boot: defaulted(listOf(BOOT_STEP), () => []),
  /** Data of the boot firmware and the two queued messages, as received. */
  wprMeta: defaulted(bytes, ''),
  systemInfo: defaulted(bytes, ''),
  registry: defaulted(bytes, ''),
  /** Answer of this GSP to GPU_GET_VMMU_SEGMENT_SIZE, bytes. */
  vmmuSegmentSize: count,
  eccEnabled: off,
  /** SET_VGPU_MGR_CONFIG: mixed sizes allowed. */
  heterogeneous: off,
  /** Scheduler as an RmPVMRL word: from the registry message, or set since. */
  scheduler: zero,
  /** Events that the host requested with EVENT_SET_NOTIFICATION, ascending. */
  notifications: defaulted(listOf(count), () => []),
  queue: defaulted(QUEUE, () => ({ sent: 0, received: 0, writePtr: 0, readPtr: 0 })),
  /** RM objects by client handle, then object handle (both 0x… strings). */
  clients: defaulted(mapOf(HEX, mapOf(HEX, RM_OBJECT)), () => ({})),
  mig: defaulted(MIG, () => ({ enabled: false, timeSlicing: true, instances: [] })),
  types: defaulted(listOf(GSP_TYPE), () => []),
  plugins: defaulted(mapOf(NUMBER_KEY, PLUGIN), () => ({})),
})
export type GspState = v.InferOutput<typeof GSP>
