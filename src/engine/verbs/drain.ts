import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { blaming } from '../declare/refusal.ts'
import { knownType } from '../known-types.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { configured, gpuIndex, stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { vgpuView } from '../views/vgpu.ts'
import { moveVgpu } from './move.ts'
import { choose, stopVgpus } from './vgpus.ts'

/** The vGPUs after a drain, and the VF of each before, by UUID. */
export interface Drained extends Change<VgpuView> {
  from: ReadonlyMap<string, string>
}

/**
 * Stops every running vGPU of a GPU; they stay configured. With `to`, every vGPU moves to that GPU and keeps its state:
 * all move or none.
 * @throws NvError invalid-argument (the same GPU), busy (migrating), wrong-state (failed), type-mismatch, or as restoring fails
 */
export function drainGpu(host: HostState, request: { gpu?: string; to?: string }): Drained {
  requireNotSuspended(host)
  const gpu = gpuIndex(host, request.gpu)
  const found = configured(host, String(gpu))
  const from = new Map(found.map(({ vf }) => [vf.uuid ?? '', vf.bdf]))
  const { bdf } = stateAt(host, gpu)
  if (request.to === undefined) {
    const running = found.flatMap(({ vf }) => (vf.opened && vf.uuid !== null ? [vf.uuid] : []))
    if (running.length === 0) return { changed: false, items: [], warnings: [`no vGPU runs on ${bdf}`], from }
    return { ...stopVgpus(host, { selectors: running }), from }
  }
  const to = gpuIndex(host, request.to)
  if (to === gpu) throw sameGpu(bdf)
  const warnings = found.length === 0 ? [`${bdf} has no vGPU`] : []
  takeInOrder((onError) => {
    for (const at of largestFirst(host, found))
      blaming(`vGPU ${at.vf.uuid}`, () => moveVgpu(host, at, { gpu: to }, onError))
  })
  const items = choose(host, { selectors: [...from.keys()] }, false).found.map((at) => vgpuView(host, at))
  return { changed: items.length > 0, items, warnings, from }
}

/** The largest type has the fewest places. */
function largestFirst(host: HostState, vgpus: readonly VfAt[]): VfAt[] {
  const sizeOf = ({ gpu, vf }: VfAt) => knownType(host, boardOf(stateAt(host, gpu)), vf.vgpuType)?.profileSize ?? 0
  return vgpus.toSorted((a, b) => sizeOf(b) - sizeOf(a))
}

function sameGpu(bdf: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at: 'gpu drain',
    message: `the vGPUs of ${bdf} cannot move to the same GPU`,
    hint: 'nvgpu gpu list',
    object: bdf,
  })
}
