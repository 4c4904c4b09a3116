import { GPU, VF } from './gpu.ts'
import { GPU_INSTANCE } from './mig.ts'
import { moment } from './parts.ts'
import { count, flag, type Infer, list, object, text } from './schema.ts'
import { VGPU } from './vgpu.ts'

/** A step of a provisioning script that differs between two faces. */
export const FACE_CHANGE = object({ step: text, from: text, to: text })
export type FaceChange = Infer<typeof FACE_CHANGE>

export const HOST = object({
  profile: text,
  /** upstream, vendor-vfio or mdev */
  face: text,
  driverVersion: text,
  now: moment,
  gpus: count,
  vfs: count,
  vgpus: object({ configured: count, running: count }),
  /** Number of definitions. */
  definitions: count,
  uploadedTypes: count,
  suspended: flag,
  tracing: flag,
  faults: count,
})
export type HostView = Infer<typeof HOST>

/** The answer of the bare command. */
export const OVERVIEW = object({
  host: HOST,
  gpus: list(GPU),
  gpuInstances: list(GPU_INSTANCE),
  vfs: list(VF),
  vgpus: list(VGPU),
})
export type Overview = Infer<typeof OVERVIEW>

export const FAULT = object({
  id: count,
  point: text,
  effect: text,
  after: count,
  times: count,
  hits: count,
  struck: count,
})
export type FaultView = Infer<typeof FAULT>

/** A fault point: its default effect, and its effects besides errno and NV_STATUS names. */
export const FAULT_POINT = object({ point: text, effect: text, effects: list(text), what: text })
export type FaultPointView = Infer<typeof FAULT_POINT>
