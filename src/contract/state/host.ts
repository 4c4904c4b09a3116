import * as v from 'valibot'
import { ADDRESS, count, defaulted, listOf, mapOf, off, oneOf, text, zero } from '../values.ts'
import { BOOT_INTENT, DEFINITION } from './definition.ts'
import { GPU } from './gpu.ts'
import { TYPE_RECORD } from './gsp.ts'

/** Number of the form of the state: only a step in upgrade/ raises it. A field with a default does not. */
export const SCHEMA = 1

export const PROFILE_NAMES = ['rfc-v1', 'v2', 'vgpu17'] as const
export type ProfileName = (typeof PROFILE_NAMES)[number]

const UUID_KEY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A type that `types upload` added, as NVA081_CTRL_VGPU_INFO bytes. */
const UPLOADED_TYPE = v.strictObject({ vgpuType: count, blob: TYPE_RECORD })
export type UploadedType = v.InferOutput<typeof UPLOADED_TYPE>

/** A vGPU between two hosts. Both keep one under the same id until the source has seen where it runs. */
const MIGRATION = v.strictObject({
  id: text,
  /** At the source: leaving, it stands still. At the target: expected, or arrived, and from that commit on it is ours. */
  phase: oneOf('leaving', 'expected', 'arrived'),
  uuid: text,
  /** State directory of the other host. */
  peer: text,
})
export type Migration = v.InferOutput<typeof MIGRATION>

const FAULT = v.strictObject({
  id: count,
  /** Where it strikes, e.g. "ops.allocFbmem" or "gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE". */
  point: text,
  /** An errno, an NV_STATUS name, a result number, or "drop". */
  effect: text,
  /** Hits that pass before it strikes. */
  after: count,
  /** Strikes before it is spent; 0 means until it is cleared. */
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

/** The plain-data tree every actor works on: what the state directory keeps. */
export const HOST = v.strictObject({
  schema: count,
  /** Virtual microseconds since the host was made. Advanced by fixed costs only. */
  now: zero,
  profile: oneOf(...PROFILE_NAMES),
  /** Release of the host driver: the profile's, until a warm update puts another in its place. */
  driverVersion: text,
  /** Types that `types upload` added to (or put over) the catalogue. */
  overlay: defaulted(listOf(UPLOADED_TYPE), () => []),
  /** RPC and event tracing; refused commands then leave their trace behind. */
  tracing: off,
  /** Migrations that are not settled yet, on either side. */
  migrations: defaulted(listOf(MIGRATION), () => []),
  /** Armed faults (faults.ts). */
  faults: defaulted(listOf(FAULT), () => []),
  /** Asleep between `host suspend` and `host resume`. */
  suspended: off,
  /** Ids written to a PCI driver's new_id, oldest first. */
  pciIds: defaulted(listOf(PCI_ID), () => []),
  /** vGPUs that are meant to be, by UUID. A definition outlives its vGPU and a reboot. */
  definitions: defaulted(mapOf(UUID_KEY, DEFINITION), () => ({})),
  /** What a GPU is brought back to at boot, by its address. */
  boot: defaulted(mapOf(ADDRESS, BOOT_INTENT), () => ({})),
  gpus: v.pipe(listOf(GPU), v.minLength(1, 'has fewer than 1 entries')),
})
export type HostState = v.InferOutput<typeof HOST>
