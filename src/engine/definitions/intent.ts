import { gpuAt } from '../lookup.ts'
import { gpuIndex, stateAt } from '../select.ts'
import type { BootIntent, GpuState, HostState } from '../state.ts'
import { startsAny } from './index-of.ts'

/**
 * Remembers the present VFs, mode and scheduler of a GPU for the next boot. With `kept` it always does. Without `kept`,
 * for a definition that starts at boot, it skips a GPU that is kept by itself, or has fewer VFs than remembered, or
 * none.
 */
export function rememberGpu(host: HostState, bdf: string, kept: boolean): void {
  const index = gpuAt(host, bdf)
  if (index === undefined) return
  const gpu = stateAt(host, index)
  const before = host.boot[bdf]
  if (!kept && (before?.kept || gpu.hw.numVfs < (before?.numVfs ?? 1))) return
  host.boot[bdf] = { ...intentOf(gpu), kept }
}

/** Forgets the state remembered for definitions, once no definition of the GPU starts at boot. */
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
