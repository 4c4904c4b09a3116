import { fits, Trial } from '../capacity.ts'
import { totalVfs } from '../definitions/vf-address.ts'
import { findType } from '../find-type.ts'
import { configured, gpuIndices, stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { createVgpu, destroyVgpus } from '../verbs/vgpus.ts'
import { typeRef } from '../views/words.ts'
import { moreVfs } from './more-vfs.ts'
import { type Budget, creationOrder, placeAll, type Seat } from './place.ts'
import type { FitView, PlaceView } from './view.ts'
import { MOST_VICTIMS, type WayOut, wayOut } from './way-out.ts'

/** Creations that may be tried for each of the four questions: do they fit, what to enable, what to move, what to stop. */
const TRIES = 10_000

export interface Wish {
  type: string
  count: number
}

/**
 * Whether vGPUs fit together, where each goes, and if they do not, which GPUs would have to have their VFs enabled; where that
 * does not do, the fewest vGPUs that would have to move on this host or, where no move helps, to go. That something fits, with or without moves, or cannot, is exact within 10,000 trial
 * creations for each question; that fewer would not do, for up to three vGPUs. `exact` says whether it is. Each answer that something fits has been carried out on `host`.
 * @param host a copy: it is not the same afterwards
 * @throws NvError ENODEV (type, GPU)
 */
export function fit(host: HostState, wishes: readonly Wish[], gpu?: string): FitView {
  const asked = wishes.map(({ type, count }) => ({ vgpuType: typeRef(host, findType(host, type).vgpuType), count }))
  const types = asked.flatMap(({ vgpuType, count }) => Array.from({ length: count }, () => vgpuType.id))
  const gpus = gpuIndices(host, gpu)
  // one that is on its way to another host is not this host's to move
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
  const way: WayOut | null = settled
    ? { victims: [], seats: settled, moved: [] }
    : (wayOut(host, question, true, budget()) ?? wayOut(host, question, false, budget()))
  const moves = way !== null && way.moved.length > 0
  const placeOf = (seat: Seat): PlaceView => {
    const index = gpus[seat.gpu] ?? 0
    return { gpu: index, gpuBdf: stateAt(host, index).bdf, placementId: seat.placementId ?? null }
  }
  const view: FitView = {
    asked,
    fits: seats !== null,
    exact: budgets.every(({ left }) => left > 0) && (way?.victims.length ?? 0) <= MOST_VICTIMS,
    placed: types.flatMap((id, i) => {
      const seat = way?.seats[i]
      return seat ? [{ vgpuType: typeRef(host, id), ...placeOf(seat) }] : []
    }),
    why: seats === null ? why : [],
    enable: (more?.enable ?? []).map((index) => {
      const gpu = stateAt(host, index)
      return { gpu: index, gpuBdf: gpu.bdf, vfs: totalVfs(gpu) }
    }),
    moves: (way?.moved ?? []).flatMap((to, i) => {
      const at = way?.victims[i]
      if (at === undefined) return []
      const [from, there] = [placeNow(host, at), placeOf(to)]
      // in a larger set some find their own place again
      const stayed = from.gpu === there.gpu && from.placementId === there.placementId
      return stayed ? [] : [{ ...vgpuOf(host, at), from, to: there }]
    }),
    stops: moves ? [] : (way?.victims ?? []).map((at) => ({ ...vgpuOf(host, at), ...placeNow(host, at) })),
  }
  if (way !== null) carryOut(host, trials, gpus, types, way)
  return view
}

/** Does on the real model what the search found on trials: whatever it refuses would be a wrong answer. */
function carryOut(
  host: HostState,
  trials: readonly Trial[],
  gpus: readonly number[],
  types: readonly number[],
  { victims, seats, moved }: WayOut,
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
