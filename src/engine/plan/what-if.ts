import { findInstance } from '../find-instance.ts'
import { gpuIndex } from '../select.ts'
import type { HostState } from '../state.ts'
import { destroyComputeInstance, destroyGpuInstances } from '../verbs/destroy-instances.ts'
import { createGpuInstances, type InstanceRequest } from '../verbs/gpu-instances.ts'
import { setMigMode } from '../verbs/mig-mode.ts'
import { setEcc, setMode } from '../verbs/modes.ts'
import { resetGpu } from '../verbs/power.ts'
import { disableVfs, enableVfs } from '../verbs/vfs.ts'
import { createVgpu, destroyVgpus } from '../verbs/vgpus.ts'
import { gpuViews } from '../views/gpu.ts'
import { migModeView } from '../views/mig.ts'

/** Simulated changes, in the order in which they are made. */
export interface WhatIf {
  readonly destroy: readonly string[]
  readonly allGone: boolean
  readonly ecc: string | undefined
  readonly mig?: string | undefined
  readonly vfs: number | undefined
  /** instances, or all */
  readonly migDestroy?: readonly string[]
  readonly migCreate?: readonly InstanceRequest[]
  readonly mode: 'heterogeneous' | 'homogeneous' | undefined
  readonly create: readonly { readonly type: string; readonly count: number }[]
}

/**
 * Makes the changes on a host. Each step is the host's own verb, with the same refusals.
 * @param host a copy
 * @param gpu the GPU that changes; undefined where the host has one
 */
export function applyWhatIf(host: HostState, changes: WhatIf, gpu: string | undefined): void {
  const { destroy, allGone, ecc, mig, vfs, mode, create } = changes
  const on = gpu === undefined ? {} : { gpu }
  if (allGone) destroyVgpus(host, { selectors: [], all: true, ...on })
  else if (destroy.length > 0) destroyVgpus(host, { selectors: destroy })
  const before = gpuViews(host, gpu)[0]?.sriov?.numVfs ?? 0
  if (ecc !== undefined) {
    setEcc(host, { ...on, on: ecc === 'on' })
    resetGpu(host, gpu)
  }
  if (mig !== undefined) switchMig(host, mig === 'on', gpu)
  const { sriov } = gpuViews(host, gpu)[0] ?? {}
  const enabled = vfs ?? ((sriov?.numVfs ?? 0) < before ? before : undefined)
  if (enabled !== undefined) enableVfs(host, { ...on, count: enabled })
  changeInstances(host, changes, gpu)
  if (mode !== undefined) setMode(host, { ...on, mode })
  const wanted = create.flatMap(({ type, count }) => Array.from({ length: count }, () => type))
  for (const [number, type] of wanted.entries()) {
    const uuid = `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`
    createVgpu(host, { type, uuid, uuidIsFresh: true, start: true, ...on })
  }
}

/** MIG is switched while there are no VFs and no GPU instances. */
function switchMig(host: HostState, wanted: boolean, gpu: string | undefined): void {
  const on = gpu === undefined ? {} : { gpu }
  const { current, pending, gpuInstances } = migModeView(host, gpuIndex(host, gpu))
  const word = wanted ? 'Enabled' : 'Disabled'
  if (current === word) return
  disableVfs(host, on)
  if (gpuInstances > 0) destroyGpuInstances(host, { ...on, withCompute: true })
  if (pending === word) resetGpu(host, gpu)
  else setMigMode(host, { ...on, on: wanted })
}

function changeInstances(host: HostState, { migDestroy = [], migCreate = [] }: WhatIf, gpu: string | undefined): void {
  const on = gpu === undefined ? {} : { gpu }
  for (const selector of migDestroy) {
    const at = selector === 'all' ? null : findInstance(host, selector, gpu)
    if (at === null) destroyGpuInstances(host, { ...on, withCompute: true })
    else if (at.compute === null) destroyGpuInstances(host, { gpu: String(at.gpu), ids: [at.id], withCompute: true })
    else destroyComputeInstance(host, { gpu: String(at.gpu), gpuInstance: at.id, id: at.compute })
  }
  if (migCreate.length > 0) createGpuInstances(host, { ...on, instances: migCreate, compute: false })
}
