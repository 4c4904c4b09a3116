import * as v from 'valibot'
import { ADDRESS, count, defaulted, listOf, mapOf, off, oneOf, text, zero } from '../values.ts'
import { BOOT_INTENT, DEFINITION } from './definition.ts'
import { GPU } from './gpu.ts'
import { TYPE_RECORD } from './gsp.ts'

export const PROFILE_NAMES = ['rfc-v1', 'v2', 'vgpu17', 'vgpu16'] as const
export type ProfileName = (typeof PROFILE_NAMES)[number]

/** The ways in which a host driver offers vGPUs to programs. */
export const FACE_NAMES = ['upstream', 'vendor-vfio', 'mdev'] as const
export type FaceName = (typeof FACE_NAMES)[number]

const UUID_KEY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A type that `types upload` added, as NVA081_CTRL_VGPU_INFO bytes. */
const UPLOADED_TYPE = v.strictObject({
  vgpuType: count,
  blob: TYPE_RECORD,
  /** Members that the file did not give: they follow from the others by rule. */
  derived: defaulted(listOf(text), () => []),
})
export type UploadedType = v.InferOutput<typeof UPLOADED_TYPE>

/** A vGPU in migration between two hosts. Both keep a record with the same id until the source has seen the outcome. */
const MIGRATION = v.strictObject({
  id: text,
  /**
   * At the source: leaving, the vGPU is stopped. At the target: expected, or arrived; with that commit the target owns
   * it.
   */
  phase: oneOf('leaving', 'expected', 'arrived'),
  uuid: text,
  /** State directory of the other host. */
  peer: text,
})
export type Migration = v.InferOutput<typeof MIGRATION>

const FAULT = v.strictObject({
  id: count,
  /** Point of the fault, e.g. "ops.allocFbmem" or "gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE". */
  point: text,
  /** An errno, an NV_STATUS name, a result number, or "drop". */
  effect: text,
  /** Hits that pass before the first strike. */
  after: count,
  /** Number of strikes; 0 means until it is cleared. */
  times: count,
  hits: count,
  struck: count,
})
export type Fault = v.InferOutput<typeof FAULT>

/** A dynamic id of a PCI driver; 0xffffffff stands for any. */
const PCI_ID = v.strictObject({
  driver: text,
  vendor: count,
  device: count,
  subvendor: count,
  subdevice: count,
  class: count,
  classMask: count,
})
export type PciDynamicId = v.InferOutput<typeof PCI_ID>

/** The plain-data tree that every actor works on, and that the state directory stores. */
export const HOST = v.strictObject({
  schema: count,
  /** Virtual microseconds since the host was created. Only fixed costs advance it. */
  now: zero,
  profile: oneOf(...PROFILE_NAMES),
  /** Another face than the profile's own, chosen when the host was created; null for its own. */
  face: defaulted(v.nullable(oneOf(...FACE_NAMES)), null),
  /** Release of the host driver: the profile's, until a warm update replaces it. */
  driverVersion: text,
  /** Types that `types upload` added to the catalogue, or that replace entries in it. */
  overlay: defaulted(listOf(UPLOADED_TYPE), () => []),
  /** RPC and event tracing; refused commands then keep their trace. */
  tracing: off,
  /** Unsettled migrations, on either side. */
  migrations: defaulted(listOf(MIGRATION), () => []),
  /** Armed faults (faults.ts). */
  faults: defaulted(listOf(FAULT), () => []),
  /** Suspended: between `host suspend` and `host resume`. */
  suspended: off,
  /** Ids written to a PCI driver's new_id, oldest first. */
  pciIds: defaulted(listOf(PCI_ID), () => []),
  /** Definitions of vGPUs, by UUID. A definition outlives its vGPU and a reboot. */
  definitions: defaulted(mapOf(UUID_KEY, DEFINITION), () => ({})),
  /** The configuration of a GPU that a boot restores, by its address. */
  boot: defaulted(mapOf(ADDRESS, BOOT_INTENT), () => ({})),
  gpus: v.pipe(listOf(GPU), v.minLength(1, 'has fewer than 1 entries')),
})
export type HostState = v.InferOutput<typeof HOST>
