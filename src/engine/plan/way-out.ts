import { grouped } from '../../abi/grouped.ts'
import type { Trial } from '../capacity.ts'
import { stateAt, type VfAt } from '../select.ts'
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

/** As many sets of up to three as 32 vGPUs have. */
const MOST_SETS = 6_000
/** Creations that may be tried to make a large set smaller. */
const SPARING = 4_000

interface Question {
  /** Indices of the GPUs, and each as it is. */
  gpus: readonly number[]
  trials: readonly Trial[]
  types: readonly number[]
  /** vGPUs that may be touched. */
  there: readonly VfAt[]
}

/**
 * The fewest vGPUs that have to leave their places so that the types fit; of as many, the smallest ones. Where it takes more
 * than MOST_VICTIMS, none of those answered can be spared, but others might be fewer. What does not even fit with all of
 * them in hand has no way out.
 * @param again they have to find a place on the GPUs again
 */
export function wayOut(host: HostState, question: Question, again: boolean, budget: Budget): WayOut | null {
  const everything = tryVictims(host, question, question.there, again, budget)
  if (everything === null) return null
  let found = everything
  for (const victims of victimSets(host, question)) {
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
  { trials, gpus, types }: Question,
  victims: readonly VfAt[],
  again: boolean,
  budget: Budget,
): WayOut | null {
  const without = trials.map((trial, i) => {
    const own = victims.filter(({ gpu }) => gpu === gpus[i])
    if (own.length === 0) return trial
    const emptier = trial.copy(host)
    for (const { vf } of own) emptier.remove(vf.index)
    return emptier
  })
  const all = again ? [...types, ...victims.map(({ vf }) => vf.vgpuType)] : types
  const seats = placeAll(host, without, all, budget)
  return seats && { victims: [...victims], seats: seats.slice(0, types.length), moved: seats.slice(types.length) }
}

/**
 * Sets to try: by size, of one size the light ones first, then all of a GPU. In equal-size mode one vGPU of a type is as
 * good as another on its GPU.
 */
function* victimSets(host: HostState, { trials, gpus, there }: Question): Generator<VfAt[]> {
  const trialOf = new Map(gpus.map((gpu, index) => [gpu, trials[index]]))
  const onGpu = grouped(there, ({ gpu }) => gpu)
  const weight = new Map(there.map((at) => [at, trialOf.get(at.gpu)?.typeOf(at.vf.vgpuType)?.profileSize ?? 0]))
  const heavy = (set: readonly VfAt[]) => set.reduce((sum, at) => sum + (weight.get(at) ?? 0), 0)
  const classes = classesOf(host, trialOf, onGpu)
  let left = MOST_SETS
  for (let size = 1; size <= MOST_VICTIMS && left > 0; size += 1) {
    const sets = setsOf(host, there, classes, size, left)
    left -= sets.length
    yield* sets.sort((a, b) => heavy(a) - heavy(b))
  }
  const oneOfEach = new Map([...classes].reverse().map(([gpu, kind]) => [kind, gpu]))
  const wholeGpus = [...oneOfEach.values()].sort((a, b) => a - b).map((gpu) => onGpu.get(gpu) ?? [])
  yield* wholeGpus.filter((set) => set.length > MOST_VICTIMS).sort((a, b) => a.length - b.length || heavy(a) - heavy(b))
}

/**
 * What GPUs have in common that change places for nothing: by index, of those that carry vGPUs which may be touched. In
 * mixed-size mode where each vGPU sits counts, and a GPU is like no other.
 */
function classesOf(
  host: HostState,
  trialOf: ReadonlyMap<number, Trial | undefined>,
  onGpu: ReadonlyMap<number, readonly VfAt[]>,
): Map<number, string> {
  return new Map(
    [...onGpu].map(([gpu, carried]) => {
      const mixed = stateAt(host, gpu).mgr?.heterogeneous === true
      const kinds = carried.map(kindOf).sort().join()
      return [gpu, mixed ? `mixed ${gpu}` : `${trialOf.get(gpu)?.kind()} ${kinds}`]
    }),
  )
}

/** Sets of so many, each kind once, `most` of them at the most. */
function setsOf(
  host: HostState,
  there: readonly VfAt[],
  classes: ReadonlyMap<number, string>,
  size: number,
  most: number,
): VfAt[][] {
  const sets: VfAt[][] = []
  const seen = new Set<string>()
  const grow = (set: readonly VfAt[], from: number, kind: string) => {
    for (let i = from; i < there.length && sets.length < most; i += 1) {
      const at = there[i]
      if (at === undefined) return
      const next = `${kind} ${kindIn(host, set, at, classes)}`
      if (seen.has(next)) continue
      seen.add(next)
      if (set.length + 1 === size) sets.push([...set, at])
      else grow([...set, at], i + 1, next)
    }
  }
  grow([], 0, '')
  return sets
}

/** The kind of a vGPU that joins a set: of equal GPUs it matters only whether the set has been there already. */
function kindIn(host: HostState, set: readonly VfAt[], at: VfAt, classes: ReadonlyMap<number, string>): string {
  if (stateAt(host, at.gpu).mgr?.heterogeneous === true) return `${at.gpu}/${at.vf.index}`
  const before = [...new Set(set.map(({ gpu }) => gpu))]
  const seat = before.indexOf(at.gpu)
  return `${classes.get(at.gpu)} ${seat < 0 ? before.length : seat} ${kindOf(at)}`
}

function kindOf({ vf }: VfAt): string {
  return `${vf.vgpuType}:${vf.opened === null ? 'configured' : 'running'}`
}
