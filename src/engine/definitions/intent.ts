import { gpuAt } from '../lookup.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { BootIntent, GpuState, HostState } from '../state.ts'
import { startsAny } from './index-of.ts'

/**
 * Remembers what a GPU is like now, for the next boot: its VFs, mode and scheduler. By a definition that starts at boot
 * (not `kept`), fewer VFs than were remembered count as none; asked for by itself the count is what it is now.
 */
export function rememberGpu(host: HostState, bdf: string, kept: boolean): void {
  const index = gpuAt(host, bdf)
  if (index === undefined) return
  const gpu = stateAt(host, index)
  const before = host.boot[bdf]
  if (!kept && (before?.kept || gpu.hw.numVfs < (before?.numVfs ?? 1))) return
  host.boot[bdf] = { ...intentOf(gpu), kept }
}

/** Forgets what was remembered for definitions, once none of the GPU starts at boot any more. */
export function forgetGpu(host: HostState, bdf: string): void {
  if (host.boot[bdf]?.kept !== false) return
  if (startsAny(host, bdf)) return
  delete host.boot[bdf]
}

/**
 * Keeps VF count, mode and scheduler of a GPU for the next boot, or without `on` drops them. Boot then enables only the VFs
 * that definitions need.
 * @returns whether anything changed
 */
export function persistGpu(host: HostState, on: boolean, gpu?: string): boolean {
  const { bdf } = stateAt(host, gpuIndex(host, gpu))
  const before = JSON.stringify(host.boot[bdf])
  if (on) rememberGpu(host, bdf, true)
  else delete host.boot[bdf]
  return JSON.stringify(host.boot[bdf]) !== before
}

function intentOf(gpu: GpuState): Omit<BootIntent, 'kept'> {
  return { numVfs: gpu.hw.numVfs, heterogeneous: gpu.mgr?.heterogeneous ?? false, scheduler: gpu.scheduler }
}
