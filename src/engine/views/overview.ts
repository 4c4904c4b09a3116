import type { Overview } from '../../contract/views/host.ts'
import type { HostState } from '../state.ts'
import { gpuViews } from './gpu.ts'
import { hostView } from './host.ts'
import { gpuInstanceViews } from './mig.ts'
import { vfViews } from './vf.ts'
import { vgpuViews } from './vgpu.ts'

/** The host, its GPUs, GPU instances, VFs and vGPUs. */
export function overviewOf(host: HostState): Overview {
  return {
    host: hostView(host),
    gpus: gpuViews(host),
    gpuInstances: gpuInstanceViews(host),
    vfs: vfViews(host),
    vgpus: vgpuViews(host),
  }
}
