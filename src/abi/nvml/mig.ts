import { struct } from '../compound.ts'
import { text } from '../elements.ts'
import { bigU64, u32, u64 } from '../scalars.ts'

// Structures of GPU and compute instances of NVML 13.3 (nvml.h), under their C names.

const NAME = text(96)

export const nvmlGpuInstancePlacement_t = struct('nvmlGpuInstancePlacement_t', { start: u32, size: u32 })

export const nvmlComputeInstancePlacement_t = struct('nvmlComputeInstancePlacement_t', { start: u32, size: u32 })

const ENGINES = {
  sliceCount: u32,
  instanceCount: u32,
  multiprocessorCount: u32,
  copyEngineCount: u32,
  decoderCount: u32,
  encoderCount: u32,
  jpegCount: u32,
  ofaCount: u32,
  memorySizeMB: u64,
} as const

export const nvmlGpuInstanceProfileInfo_t = struct('nvmlGpuInstanceProfileInfo_t', {
  id: u32,
  isP2pSupported: u32,
  ...ENGINES,
})

export const nvmlGpuInstanceProfileInfo_v2_t = struct('nvmlGpuInstanceProfileInfo_v2_t', {
  version: u32,
  id: u32,
  isP2pSupported: u32,
  ...ENGINES,
  name: NAME,
})

export const nvmlGpuInstanceProfileInfo_v3_t = struct('nvmlGpuInstanceProfileInfo_v3_t', {
  version: u32,
  id: u32,
  ...ENGINES,
  name: NAME,
  capabilities: u32,
})

export const nvmlGpuInstanceInfo_t = struct('nvmlGpuInstanceInfo_t', {
  device: bigU64,
  id: u32,
  profileId: u32,
  placement: nvmlGpuInstancePlacement_t,
})

const SHARED = {
  id: u32,
  sliceCount: u32,
  instanceCount: u32,
  multiprocessorCount: u32,
  sharedCopyEngineCount: u32,
  sharedDecoderCount: u32,
  sharedEncoderCount: u32,
  sharedJpegCount: u32,
  sharedOfaCount: u32,
} as const

export const nvmlComputeInstanceProfileInfo_t = struct('nvmlComputeInstanceProfileInfo_t', SHARED)

export const nvmlComputeInstanceProfileInfo_v2_t = struct('nvmlComputeInstanceProfileInfo_v2_t', {
  version: u32,
  ...SHARED,
  name: NAME,
})

export const nvmlComputeInstanceProfileInfo_v3_t = struct('nvmlComputeInstanceProfileInfo_v3_t', {
  version: u32,
  ...SHARED,
  name: NAME,
  capabilities: u32,
})

export const nvmlComputeInstanceInfo_t = struct('nvmlComputeInstanceInfo_t', {
  device: bigU64,
  gpuInstance: bigU64,
  id: u32,
  profileId: u32,
  placement: nvmlComputeInstancePlacement_t,
})

export const nvmlDeviceAttributes_t = struct('nvmlDeviceAttributes_t', {
  multiprocessorCount: u32,
  sharedCopyEngineCount: u32,
  sharedDecoderCount: u32,
  sharedEncoderCount: u32,
  sharedJpegCount: u32,
  sharedOfaCount: u32,
  gpuInstanceSliceCount: u32,
  computeInstanceSliceCount: u32,
  memorySizeMB: u64,
})
