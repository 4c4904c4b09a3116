import type { HostState } from '../state.ts'
import { setEcc, setMode } from '../verbs/modes.ts'
import { resetGpu } from '../verbs/power.ts'
import { enableVfs } from '../verbs/vfs.ts'
import { createVgpu, destroyVgpus } from '../verbs/vgpus.ts'
import { gpuViews } from '../views/gpu.ts'

/** Simulated changes, in the order in which they are made. */
export interface WhatIf {
  readonly destroy: readonly string[]
  readonly allGone: boolean
  readonly ecc: string | undefined
  readonly vfs: number | undefined
  readonly mode: 'heterogeneous' | 'homogeneous' | undefined
  readonly create: readonly { readonly type: string; readonly count: number }[]
}

/**
 * Makes the changes on a host. Each step is the host's own verb, with the same refusals.
 * @param host a copy
 * @param gpu the GPU that changes; undefined where the host has one
 */
export function applyWhatIf(
  host: HostState,
  { destroy, allGone, ecc, vfs, mode, create }: WhatIf,
  gpu: string | undefined,
): void {
  const on = gpu === undefined ? {} : { gpu }
  if (allGone) destroyVgpus(host, { selectors: [], all: true, ...on })
  else if (destroy.length > 0) destroyVgpus(host, { selectors: destroy })
  if (ecc !== undefined) {
    const before = gpuViews(host, gpu)[0]?.sriov?.numVfs ?? 0
    setEcc(host, { ...on, on: ecc === 'on' })
    resetGpu(host, gpu)
    if (vfs === undefined && before > 0) enableVfs(host, { ...on, count: before })
  }
  if (vfs !== undefined) enableVfs(host, { ...on, count: vfs })
  if (mode !== undefined) setMode(host, { ...on, mode })
  const wanted = create.flatMap(({ type, count }) => Array.from({ length: count }, () => type))
  for (const [number, type] of wanted.entries()) {
    const uuid = `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`
    createVgpu(host, { type, uuid, uuidIsFresh: true, start: true, ...on })
  }
}
