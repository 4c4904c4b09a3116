import { isRecordPath, type StatePath } from '../../engine/record-paths.ts'
import type { HistoryEntry } from '../../store/history.ts'
import { diff } from '../../store/json/diff.ts'
import { copyJson, type Json } from '../../store/json/json.ts'
import { apply } from '../../store/json/patch.ts'

export type Reverted =
  | { readonly kind: 'state'; readonly tree: Json }
  /** The place that prevents the revert, and the later change that touched it. */
  | { readonly kind: 'entangled'; readonly place: string; readonly by: number }

/**
 * A copy of `now` without one change and with all later ones. This is possible only if no later change touched the same
 * places; event records do not count and stay. Lists count as a whole, since their indices move.
 */
export function revert(
  change: HistoryEntry,
  later: readonly HistoryEntry[],
  states: { readonly before: Json; readonly after: Json; readonly now: unknown },
): Reverted {
  const own = placesOf(change)
  for (const other of later) {
    for (const place of placesOf(other)) {
      if (own.some((mine) => isWithin(mine, place) || isWithin(place, mine)))
        return { kind: 'entangled', place: place.join('.'), by: other.seq }
    }
  }
  const back = diff(states.after, states.before).filter(([path]) => !isRecordPath(path))
  return { kind: 'state', tree: apply(back, copyJson(states.now)) }
}

function placesOf({ seq, patch }: HistoryEntry): StatePath[] {
  // The first change has the whole state as its old value.
  const changes = seq === 1 ? patch.slice(1) : patch
  return changes
    .map(([path]) => path)
    .filter((path) => !isRecordPath(path))
    .map(upToList)
}

/** A path up to the first list, except the lists of GPUs and VFs, whose elements keep their indices. */
function upToList(path: StatePath): StatePath {
  const end = path.findIndex(
    (step, at) => (typeof step === 'number' || step === 'length') && path[at - 1] !== 'gpus' && path[at - 1] !== 'vfs',
  )
  return end < 0 ? path : path.slice(0, end)
}

function isWithin(inner: StatePath, outer: StatePath): boolean {
  return outer.every((step, at) => inner[at] === step)
}
