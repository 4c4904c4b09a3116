import { configured, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { vgpuDeviations } from './deviations.ts'
import type { Goal, VgpuGoal } from './goal.ts'
import { type Answers, Matching } from './matching.ts'

/** Which vGPU answers to which wish. */
export interface Assignment {
  readonly pairs: readonly Pair[]
  /** Wishes without a vGPU. */
  readonly missing: readonly VgpuGoal[]
  /** vGPUs nobody wished, where all are listed. */
  readonly surplus: readonly VfAt[]
  /** vGPUs nobody spoke of, where not all are listed. */
  readonly untold: readonly VfAt[]
}

export interface Pair {
  readonly wish: VgpuGoal
  readonly at: VfAt
}

/**
 * A wish with a UUID or a name means the vGPU that has it. One without means any that is as it says, the most narrowly
 * placed wish first, so that as much as can be stays as it is.
 */
export function assign(goal: Goal): Assignment {
  const actual = configured(goal.base)
  const free = new Map(actual.map((at) => [at.vf.uuid ?? '', at]))
  const pairs: Pair[] = []
  const claim = (wish: VgpuGoal, at: VfAt | undefined) => {
    if (!at) return false
    free.delete(at.vf.uuid ?? '')
    pairs.push({ wish, at })
    return true
  }
  const byName = new Map(actual.map((at) => [at.vf.name, at]))
  const named = goal.vgpus.filter(({ uuid, name }) => uuid !== undefined || name !== undefined)
  const missing = named.filter((wish) => {
    const at = wish.uuid === undefined ? byName.get(wish.name ?? '') : free.get(wish.uuid)
    return !claim(wish, at && free.get(at.vf.uuid ?? ''))
  })
  const matching = new Matching([...free.values()].filter(({ gpu }) => goal.complete.has(gpu)))
  let open = goal.vgpus.filter(({ uuid, name }) => uuid === undefined && name === undefined)
  open.sort((a, b) => looseness(a) - looseness(b))
  // a pair that stays as it is is worth more than one that does not
  for (const answering of [asItIs(goal.base), inPlace]) open = matching.match(open, answering)
  for (const { wish, at } of matching.pairs) claim(wish, at)
  const left = [...free.values()]
  return {
    pairs,
    missing: [...missing, ...open],
    surplus: left.filter(({ gpu }) => goal.complete.has(gpu)),
    untold: left.filter(({ gpu }) => !goal.complete.has(gpu)),
  }
}

const inPlace: Answers = ({ vf, placementId }, at) =>
  (vf === null || vf.index === at.vf.index) && (placementId === undefined || placementId === at.vf.placementId)

function asItIs(host: HostState): Answers {
  return (wish, at) => inPlace(wish, at) && vgpuDeviations(host, wish, at).length === 0
}

/** Narrow wishes first, so that few partners have to change. */
function looseness({ gpu, vf, placementId, state }: VgpuGoal): number {
  const place = vf !== null ? 0 : (placementId === undefined ? 2 : 1) + (gpu === null ? 2 : 0)
  return place * 2 + (state === undefined ? 1 : 0)
}
