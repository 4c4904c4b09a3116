/** Remaining capacity of a GPU. */
export interface CapacityView {
  gpu: number
  bdf: string
  name: string
  mode: 'homogeneous' | 'heterogeneous'
  /** The only type that may be added, or null. */
  vgpuType: { id: number; name: string } | null
  vfs: { total: number; enabled: number; free: number }
  framebuffer: { totalMiB: number; usedMiB: number; largestFreeMiB: number }
  channels: { total: number; used: number }
  /** For each type of the GPU: the number that can still be created, and the reason against one more. */
  types: {
    id: number
    name: string
    profileSizeMiB: number
    maxInstance: number
    creatable: number
    reason: string | null
  }[]
}

/** The current or future place of a vGPU. */
export interface PlaceView {
  gpu: number
  gpuBdf: string
  /** First slot in mixed-size mode; null when the driver chooses. */
  placementId: number | null
}

/** Whether vGPUs fit, and the changes that make them fit. */
export interface FitView {
  asked: { vgpuType: { id: number; name: string }; count: number }[]
  fits: boolean
  /** The answer is the smallest. Otherwise the search met its bounds, and a smaller answer may exist. */
  exact: boolean
  /** The place of each vGPU, after the VFs, moves or stops below. */
  placed: ({ vgpuType: { id: number; name: string } } & PlaceView)[]
  /** The reason against each type on each GPU now. */
  why: { vgpuType: { id: number; name: string }; gpu: number; creatable: number; reason: string | null }[]
  /** GPUs without vGPUs, with the number of VFs to enable. Fewer GPUs may suffice. */
  enable: { gpu: number; gpuBdf: string; vfs: number }[]
  /** The fewest vGPUs to move on this host, when more VFs do not suffice. */
  moves: { vgpu: string; name: string | null; vgpuType: { id: number; name: string }; from: PlaceView; to: PlaceView }[]
  /** The fewest vGPUs to stop, when no move suffices. */
  stops: ({ vgpu: string; name: string | null; vgpuType: { id: number; name: string } } & PlaceView)[]
}

/** Capacity of one type on one GPU before and after. */
export interface WhatIfView {
  gpu: number
  bdf: string
  vgpuType: { id: number; name: string }
  profileSizeMiB: number
  before: number
  after: number
  reason: string | null
}
