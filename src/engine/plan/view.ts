/** What still fits on a GPU. */
export interface CapacityView {
  gpu: number
  bdf: string
  name: string
  mode: 'homogeneous' | 'heterogeneous'
  /** The one type it is locked to, or null. */
  vgpuType: { id: number; name: string } | null
  vfs: { total: number; enabled: number; free: number }
  framebuffer: { totalMiB: number; usedMiB: number; largestFreeMiB: number }
  channels: { total: number; used: number }
  /** Each type the GPU knows: how many more could be created now, and what stops the next one. */
  types: {
    id: number
    name: string
    profileSizeMiB: number
    maxInstance: number
    creatable: number
    reason: string | null
  }[]
}

/** Where a vGPU is, or is to be. */
export interface PlaceView {
  gpu: number
  gpuBdf: string
  /** First slot in mixed-size mode; null where the driver chooses. */
  placementId: number | null
}

/** Whether vGPUs fit, and what it takes where they do not. */
export interface FitView {
  asked: { vgpuType: { id: number; name: string }; count: number }[]
  fits: boolean
  /** Nothing smaller would do; otherwise the search met its bounds, and there may be a way, or a smaller one. */
  exact: boolean
  /** Where each goes, after VFs were enabled, moves or stops if there are any. */
  placed: ({ vgpuType: { id: number; name: string } } & PlaceView)[]
  /** What stops each type on each GPU as things are. */
  why: { vgpuType: { id: number; name: string }; gpu: number; creatable: number; reason: string | null }[]
  /** GPUs without vGPUs that would have to have so many VFs enabled; fewer GPUs may do. */
  enable: { gpu: number; gpuBdf: string; vfs: number }[]
  /** Where that does not do: the fewest vGPUs that would have to be put elsewhere on this host. */
  moves: { vgpu: string; name: string | null; vgpuType: { id: number; name: string }; from: PlaceView; to: PlaceView }[]
  /** Where no move helps: the fewest vGPUs that would have to go. */
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
