import { count, described, flag, hex, type Infer, list, nullable, object, text } from './schema.ts'

const missing = described(list(text), 'figures without a source')

/** A board of the catalogue. Null is unknown. */
export const BOARD = object({
  name: text,
  product: text,
  architecture: text,
  chip: nullable(text),
  deviceId: hex,
  memoryGiB: count,
  memoryType: text,
  /** VFs carry the vGPUs; false: mdev types hang on the PF. */
  sriov: nullable(flag),
  totalVfs: nullable(count),
  mig: flag,
  mixedSize: nullable(flag),
  types: count,
  /** Most vGPUs on one GPU. */
  mostVgpus: nullable(count),
  missing,
  /** Figures with which a host can have it all the same: `host init --figures`. */
  figures: list(text),
})
export type BoardView = Infer<typeof BOARD>

/** A type of a board, whether a host has the board or not. Null is unknown. */
export const BOARD_TYPE = object({
  id: nullable(count),
  name: text,
  board: text,
  series: text,
  class: text,
  license: text,
  profileSizeMiB: count,
  framebufferMiB: nullable(count),
  fbReservationMiB: nullable(count),
  bar1MiB: nullable(count),
  numHeads: count,
  maxResolution: nullable(text),
  frameRateLimit: described(count, 'Hz; 0 without a limit'),
  multiVgpuSupported: nullable(flag),
  /** GPU instance of a MIG-backed type. */
  gpuInstance: nullable(text),
  /** Most on one GPU, in equal-size and in mixed-size mode. */
  maxInstance: count,
  mixedSizeMax: nullable(count),
  /** Certainty of the id. */
  certainty: text,
  derived: list(text),
  missing,
})
export type BoardTypeView = Infer<typeof BOARD_TYPE>

/** Whether vGPUs fit together on one empty GPU of a board, in equal-size mode. */
export const BOARD_FIT = object({
  board: text,
  asked: list(object({ type: text, count, most: count })),
  fits: flag,
  /** Why not. */
  reason: nullable(text),
})
export type BoardFitView = Infer<typeof BOARD_FIT>
