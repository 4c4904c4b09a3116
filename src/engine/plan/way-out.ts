import { Trial } from '../capacity.ts'
import type { VfAt } from '../select.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { type Budget, placeAll, type Seat } from './place.ts'

/** vGPUs that make room, where what was asked for goes then, and where they go themselves if they are to move. */
export interface WayOut {
  victims: VfAt[]
  seats: Seat[]
  /** A seat for each victim; none where they are to go for good. */
  moved: Seat[]
}

/** Sets of vGPUs are looked at up to this size; besides, all that are on one GPU, and all there are. */
export const MOST_VICTIMS = 3

/** Creations that may be tried to make a large set smaller. */
const SPARING = 4_000

interface Question {
  gpus: readonly number[]
  types: readonly number[]
  /** vGPUs that may be touched. */
  there: readonly VfAt[]
}

/**
 * The fewest vGPUs that have to leave their places so that the types fit; of as many, the smallest ones. Where it takes more
 * than MOST_VICTIMS, none of those answered can be spared, but others might be fewer. What does not even fit with all of them in hand has no way out.
 * @param again they have to find a place on the GPUs again
 */
export function wayOut(host: HostState, question: Question, again: boolean, budget: Budget): WayOut | null {
  const everything = tryVictims(host, question, question.there, again, budget)
  if (everything === null) return null
  let found = everything
  for (const victims of victimSets(host, question.there)) {
    const next = tryVictims(host, question, victims, again, budget)
    if (next !== null && victims.length <= MOST_VICTIMS) return next
    found = next ?? found
    if (next !== null || budget.left <= 0) break
  }
  return spare(host, question, found, again, { left: SPARING })
}

/** Lets vGPUs of a large set be, one after the other, as long as it does without. */
function spare(host: HostState, question: Question, found: WayOut, again: boolean, budget: Budget): WayOut {
  let way = found
  for (const victim of found.victims) {
    if (budget.left <= 0) return way
    const fewer = way.victims.filter((at) => at !== victim)
    way = tryVictims(host, question, fewer, again, budget) ?? way
  }
  return way
}

function tryVictims(
  host: HostState,
  { gpus, types }: Question,
  victims: readonly VfAt[],
  again: boolean,
  budget: Budget,
): WayOut | null {
  const trials = gpus.map((index) => {
    const trial = new Trial(host, index)
    for (const { gpu, vf } of victims) if (gpu === index) trial.remove(vf.index)
    return trial
  })
  const all = again ? [...types, ...victims.map(({ vf }) => vf.vgpuType)] : types
  const seats = placeAll(host, trials, all, budget)
  return seats && { victims: [...victims], seats: seats.slice(0, types.length), moved: seats.slice(types.length) }
}

/** Sets to try, the smaller ones first. In equal-size mode one vGPU of a type is as good as another on its GPU. */
function victimSets(host: HostState, there: readonly VfAt[]): VfAt[][] {
  const slots = (at: VfAt) => new Trial(host, at.gpu).slotsOf(at.vf.vgpuType) ?? 0
  const weight = new Map(there.map((at) => [at, slots(at)]))
  const heavy = (set: readonly VfAt[]) => set.reduce((sum, at) => sum + (weight.get(at) ?? 0), 0)
  const sets: VfAt[][] = []
  const seen = new Set<string>()
  const grow = (set: VfAt[], from: number) => {
    if (set.length > 0) sets.push(set)
    if (set.length === MOST_VICTIMS) return
    for (let i = from; i < there.length; i += 1) {
      const at = there[i]
      if (at === undefined) continue
      const next = [...set, at]
      const kind = next.map((each) => kindOf(host, each)).join(' ')
      if (seen.has(kind)) continue
      seen.add(kind)
      grow(next, i + 1)
    }
  }
  grow([], 0)
  const wholeGpus = [...new Set(there.map(({ gpu }) => gpu))].map((gpu) => there.filter((at) => at.gpu === gpu))
  const all = [...sets, ...wholeGpus.filter((set) => set.length > MOST_VICTIMS)]
  return all.sort((a, b) => a.length - b.length || heavy(a) - heavy(b))
}

function kindOf(host: HostState, { gpu, vf }: VfAt): string {
  const mixed = stateAt(host, gpu).mgr?.heterogeneous === true
  const running = vf.opened === null ? 'configured' : 'running'
  return mixed ? `${gpu}/${vf.index}` : `${gpu}:${vf.vgpuType}:${running}`
}
