import type { Trial } from '../capacity.ts'
import type { HostState } from '../state.ts'

/** The place of one vGPU: index of the trial, and in mixed-size mode the placement id. */
export interface Seat {
  gpu: number
  placementId: number | undefined
}

/** Number of creations that a search may still try. */
export interface Budget {
  left: number
}

/**
 * Searches places for vGPUs of the given types: every GPU and, in mixed-size mode, every placement id, in `creationOrder`.
 * @param trials one of each GPU; they are not changed
 * @returns a seat for each type, in the order of `types`; null when there is none, or the budget is spent
 */
export function placeAll(
  host: HostState,
  trials: readonly Trial[],
  types: readonly number[],
  budget: Budget,
): Seat[] | null {
  // each type takes at least one creation
  if (types.length > budget.left) {
    budget.left = 0
    return null
  }
  const order = creationOrder(trials, types)
  const seats: (Seat | undefined)[] = types.map(() => undefined)

  const search = (now: readonly Trial[], next: number, after: Seat | null): boolean => {
    const at = order[next]
    if (at === undefined) return true
    const type = types[at] ?? 0
    const rest = order.slice(next).map((later) => types[later] ?? 0)
    if (roomless(now, rest)) return false
    const seen = new Set<string>()
    for (const [gpu, trial] of now.entries()) {
      // equal vGPUs are interchangeable: the next one sits behind
      if (after !== null && gpu < after.gpu) continue
      // equal GPUs are interchangeable
      const kind = trial.kind()
      if (seen.has(kind)) continue
      seen.add(kind)
      for (const placementId of trial.choices(type)) {
        if (after?.gpu === gpu && (placementId ?? 0) < (after.placementId ?? 0)) continue
        if (budget.left <= 0) return false
        budget.left -= 1
        const tried = trial.copy(host)
        if (tried.add(type, placementId) !== null) continue
        const seat = { gpu, placementId }
        seats[at] = seat
        const following = order[next + 1]
        const same = following !== undefined && types[following] === type
        if (search(now.with(gpu, tried), next + 1, same ? seat : null)) return true
      }
    }
    return false
  }

  return search(trials, 0, null) ? seats.flatMap((seat) => seat ?? []) : null
}

/** Indices into `types`, the largest type first: it has the fewest places. */
export function creationOrder(trials: readonly Trial[], types: readonly number[]): number[] {
  const sizeOf = (type: number) => Math.max(0, ...trials.map((trial) => trial.typeOf(type)?.profileSize ?? 0))
  return types
    .map((type, at) => ({ type, at, size: sizeOf(type) }))
    .sort((a, b) => b.size - a.size || a.type - b.type || a.at - b.at)
    .map(({ at }) => at)
}

/** Whether a count rules the types out: of free VFs, and in mixed-size mode of free slots and placement ids by type. */
function roomless(trials: readonly Trial[], types: readonly number[]): boolean {
  if (trials.reduce((sum, trial) => sum + trial.freeVfs(), 0) < types.length) return true
  let room = 0
  for (const trial of trials) {
    const slots = trial.freeSlots()
    if (slots === null) return false
    room += slots
  }
  let needed = 0
  const kinds = new Map<number, number>()
  for (const type of types) kinds.set(type, (kinds.get(type) ?? 0) + 1)
  for (const [type, count] of kinds) {
    const sizes = trials.flatMap((trial) => trial.slotsOf(type) ?? [])
    if (trials.reduce((sum, trial) => sum + trial.choices(type).length, 0) < count) return true
    needed += count * Math.min(...sizes)
  }
  return needed > room
}
