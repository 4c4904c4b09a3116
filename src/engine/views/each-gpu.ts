import { NvError } from '../../errors/nv-error.ts'
import { gpuIndices } from '../select.ts'
import type { HostState } from '../state.ts'

/** Views of one GPU, or of all in their order. @throws NvError ENODEV on a host without GPUs, or as gpuIndex */
export function eachGpu<T>(host: HostState, gpu: string | undefined, views: (index: number) => T[]): T[] {
  if (host.gpus.length === 0)
    throw new NvError({
      errno: 'ENODEV',
      code: 'no-device',
      at: 'gpu',
      message: 'this host has no GPU',
      hint: 'nvgpu host init --board L40',
    })
  return gpuIndices(host, gpu).flatMap(views)
}
