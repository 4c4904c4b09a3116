import { grouped } from '../../abi/grouped.ts'
import type { Trial } from '../capacity.ts'
import { stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { type Budget, placeAll, type Seat } from './place.ts'

/** vGPUs to evict, the seats of the requested vGPUs, and the new seats of the evicted ones if they move. */
export interface EvictionPlan {
  victims: VfAt[]
  seats: Seat[]
  /** A seat for each victim; empty when the victims are destroyed. */
  moved: Seat[]
}

/** Size of the largest sets that are tried one by one. Larger are only: all of one GPU, and all. */
export const MOST_VICTIMS = 3

/** 32 vGPUs have fewer sets of up to three. */
const MOST_SETS = 6_000
/** Creations to try when reducing a large set. */
const SPARING = 4_000

interface Question {
  /** Indices of the GPUs, and a trial of each. */
  gpus: readonly number[]
  trials: readonly Trial[]
  types: readonly number[]
  /** vGPUs that may be evicted. */
  there: readonly VfAt[]
}

/**
 * The fewest vGPUs whose eviction makes the types fit; the smallest ones among equal numbers. Above MOST_VICTIMS the set
 * cannot be reduced, but another set may be smaller. Null when the types do not fit even on empty GPUs.
 * @param again the evicted vGPUs need new places on the same GPUs
 */
export function evictionPlan(host: HostState, question: Question, again: boolean, budget: Budget): EvictionPlan | null {
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

/** Reduces a large set: takes out each vGPU whose eviction is not needed. */
function spare(host: HostState, question: Question, found: EvictionPlan, again: boolean, budget: Budget): EvictionPlan {
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
): EvictionPlan | null {
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
 * Sets to try: by size, light ones first within a size, then all vGPUs of a GPU. In equal-size mode vGPUs of one type on
 * one GPU are interchangeable.
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
 * The equivalence class of each GPU that carries vGPUs, by index. GPUs of one class are interchangeable. In mixed-size mode
 * positions matter, so each GPU is a class of its own.
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

/** Sets of a size, one of each kind, up to `most` of them. */
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

/** The kind of a vGPU that joins a set. Equal GPUs differ only by their vGPUs in the set. */
function kindIn(host: HostState, set: readonly VfAt[], at: VfAt, classes: ReadonlyMap<number, string>): string {
  if (stateAt(host, at.gpu).mgr?.heterogeneous === true) return `${at.gpu}/${at.vf.index}`
  const before = [...new Set(set.map(({ gpu }) => gpu))]
  const seat = before.indexOf(at.gpu)
  return `${classes.get(at.gpu)} ${seat < 0 ? before.length : seat} ${kindOf(at)}`
}

function kindOf({ vf }: VfAt): string {
  return `${vf.vgpuType}:${vf.opened === null ? 'configured' : 'running'}`
}
