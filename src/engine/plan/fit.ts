import type { FitView, PlaceView } from '../../contract/views/plan.ts'
import { fits, Trial } from '../capacity.ts'
import { totalVfs } from '../definitions/vf-address.ts'
import { findType } from '../find-type.ts'
import { configured, gpuIndices, stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { createVgpu, destroyVgpus } from '../verbs/vgpus.ts'
import { typeRef } from '../views/words.ts'
import { type EvictionPlan, evictionPlan, MOST_VICTIMS } from './eviction-plan.ts'
import { moreVfs } from './more-vfs.ts'
import { type Budget, creationOrder, placeAll, type Seat } from './place.ts'

/** Creations to try for each of four questions: whether it fits, VFs to enable, vGPUs to move, vGPUs to stop. */
const TRIES = 10_000

export interface FitRequest {
  type: string
  count: number
}

/**
 * Whether vGPUs fit together, and the place of each. If they do not fit: the GPUs whose VFs are to be enabled; else the
 * fewest vGPUs to move on this host; else the fewest vGPUs to stop. `exact` is true when the search stayed within 10,000
 * trial creations for each question and evicts at most three vGPUs. Each positive answer is carried out on `host`.
 * @param host a copy, which is changed
 * @throws NvError ENODEV (type, GPU)
 */
export function fit(host: HostState, requests: readonly FitRequest[], gpu?: string): FitView {
  const asked = requests.map(({ type, count }) => ({ vgpuType: typeRef(host, findType(host, type).vgpuType), count }))
  const types = asked.flatMap(({ vgpuType, count }) => Array.from({ length: count }, () => vgpuType.id))
  const gpus = gpuIndices(host, gpu)
  // a migrating vGPU stays
  const migrating = new Set(host.migrations.map(({ uuid }) => uuid))
  const there = configured(host, gpu).filter(({ vf }) => !migrating.has(vf.uuid ?? ''))
  const why = asked.flatMap(({ vgpuType }) =>
    gpus.map((index) => {
      const { count, reason } = fits(host, index, vgpuType.id)
      return { vgpuType, gpu: index, creatable: count, reason }
    }),
  )
  const budgets: Budget[] = []
  const budget = () => {
    const fresh = { left: TRIES }
    budgets.push(fresh)
    return fresh
  }
  const trials = gpus.map((index) => new Trial(host, index))
  const seats = placeAll(host, trials, types, budget())
  const question = { gpus, trials, types, there }
  const more = seats === null ? moreVfs(host, gpus, trials, types, budget()) : null
  const settled = seats ?? more?.seats
  const eviction: EvictionPlan | null = settled
    ? { victims: [], seats: settled, moved: [] }
    : (evictionPlan(host, question, true, budget()) ?? evictionPlan(host, question, false, budget()))
  const moves = eviction !== null && eviction.moved.length > 0
  const placeOf = (seat: Seat): PlaceView => {
    const index = gpus[seat.gpu] ?? 0
    return { gpu: index, gpuBdf: stateAt(host, index).bdf, placementId: seat.placementId ?? null }
  }
  const view: FitView = {
    asked,
    fits: seats !== null,
    exact: budgets.every(({ left }) => left > 0) && (eviction?.victims.length ?? 0) <= MOST_VICTIMS,
    placed: types.flatMap((id, i) => {
      const seat = eviction?.seats[i]
      return seat ? [{ vgpuType: typeRef(host, id), ...placeOf(seat) }] : []
    }),
    why: seats === null ? why : [],
    enable: (more?.enable ?? []).map((index) => {
      const gpu = stateAt(host, index)
      return { gpu: index, gpuBdf: gpu.bdf, vfs: totalVfs(gpu) }
    }),
    moves: (eviction?.moved ?? []).flatMap((to, i) => {
      const at = eviction?.victims[i]
      if (at === undefined) return []
      const [from, there] = [placeNow(host, at), placeOf(to)]
      // in a larger set some vGPUs get their own place again
      const stayed = from.gpu === there.gpu && from.placementId === there.placementId
      return stayed ? [] : [{ ...vgpuOf(host, at), from, to: there }]
    }),
    stops: moves ? [] : (eviction?.victims ?? []).map((at) => ({ ...vgpuOf(host, at), ...placeNow(host, at) })),
  }
  if (eviction !== null) carryOut(host, trials, gpus, types, eviction)
  return view
}

/** Repeats the result of the search on the model. A refusal there would mean a wrong answer. */
function carryOut(
  host: HostState,
  trials: readonly Trial[],
  gpus: readonly number[],
  types: readonly number[],
  { victims, seats, moved }: EvictionPlan,
): void {
  const again = moved.length > 0 ? victims.map(({ vf }) => vf.vgpuType) : []
  if (victims.length > 0) destroyVgpus(host, { selectors: victims.map(({ vf }) => vf.bdf) })
  const all = [...types, ...again]
  const where = [...seats, ...moved]
  for (const at of creationOrder(trials, all)) {
    const seat = where[at]
    if (seat === undefined) continue
    createVgpu(host, {
      type: String(all[at]),
      gpu: String(gpus[seat.gpu]),
      uuid: `00000000-0000-8000-8000-${String(at).padStart(12, '0')}`,
      uuidIsFresh: true,
      start: true,
      ...(seat.placementId === undefined ? {} : { placementId: seat.placementId }),
    })
  }
}

function vgpuOf(host: HostState, { vf }: VfAt) {
  return { vgpu: vf.uuid ?? '', name: vf.name, vgpuType: typeRef(host, vf.vgpuType) }
}

function placeNow(host: HostState, { gpu, vf }: VfAt): PlaceView {
  return { gpu, gpuBdf: stateAt(host, gpu).bdf, placementId: vf.placementId }
}
