/** A board of the catalogue. Null is unknown. */
export interface BoardView {
  name: string
  product: string
  architecture: string
  chip: string | null
  deviceId: string
  memoryGiB: number
  memoryType: string
  /** VFs carry the vGPUs; false: mdev types hang on the PF. */
  sriov: boolean | null
  totalVfs: number | null
  mig: boolean
  mixedSize: boolean | null
  types: number
  /** Most vGPUs on one GPU. */
  mostVgpus: number | null
  /** Figures without a source. A host has only boards without any. */
  missing: string[]
}

/** A type of a board, whether a host has the board or not. Null is unknown. */
export interface BoardTypeView {
  id: number | null
  name: string
  board: string
  series: string
  class: string
  license: string
  profileSizeMiB: number
  framebufferMiB: number | null
  fbReservationMiB: number | null
  bar1MiB: number | null
  numHeads: number
  maxResolution: string | null
  frameRateLimit: number
  multiVgpuSupported: boolean | null
  /** GPU instance of a MIG-backed type. */
  gpuInstance: string | null
  /** Most on one GPU, in equal-size and in mixed-size mode. */
  maxInstance: number
  mixedSizeMax: number | null
  /** Certainty of the id. */
  certainty: string
  derived: string[]
  /** Figures without a source. */
  missing: string[]
}

/** Whether vGPUs fit together on one empty GPU of a board, in equal-size mode. */
export interface BoardFitView {
  board: string
  asked: { type: string; count: number; most: number }[]
  fits: boolean
  /** Why not. */
  reason: string | null
}
