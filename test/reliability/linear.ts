/** An operation as its process saw it. Times are of one clock; `order` is the number all changes up to it make. */
export interface Seen {
  readonly kind: 'change' | 'repeat' | 'read'
  readonly process: string
  readonly began: bigint
  readonly ended: bigint
  /** 0 where it was not told: a repetition of what is older than the kept log */
  readonly order: number
}

/**
 * What speaks against there being one order of all operations in which each takes effect between its beginning and its end.
 * The order is known, the log has it, so nothing has to be searched: no two changes have one place, none is left out, and
 * nobody who began after another had ended comes before it. A repetition took effect in an earlier attempt, whose beginning
 * nobody could tell: it only has to come before its end.
 */
export function disorder(history: readonly Seen[], total: number): string[] {
  return [...misplaced(history, total), ...backwards(history)]
}

function misplaced(history: readonly Seen[], total: number): string[] {
  const problems: string[] = []
  const places = new Set<number>()
  let unknown = 0
  for (const { kind, order, process } of history) {
    if (kind === 'read') continue
    if (order === 0) unknown++
    else if (places.has(order)) problems.push(`${process}: place ${order} is taken twice`)
    else if (order > total) problems.push(`${process}: place ${order} is beyond the ${total} changes there are`)
    places.add(order)
  }
  places.delete(0)
  if (places.size + unknown !== total)
    problems.push(`${places.size} places and ${unknown} unknown are not ${total} changes`)
  return problems
}

/** By beginning: the highest place of all that had ended by then must not be above one's own. */
function backwards(history: readonly Seen[]): string[] {
  const known = history.filter(({ order, kind }) => order > 0 || kind === 'read')
  const byBeginning = known.filter(({ kind }) => kind !== 'repeat').sort((a, b) => compare(a.began, b.began))
  const byEnd = [...known].sort((a, b) => compare(a.ended, b.ended))
  const problems: string[] = []
  let next = 0
  let highest = 0
  for (const one of byBeginning) {
    for (let other = byEnd[next]; other && other.ended < one.began; other = byEnd[++next]) {
      highest = Math.max(highest, other.order)
    }
    // A read sees all that has ended; a change comes behind it.
    if (one.kind === 'read' ? one.order < highest : one.order <= highest) {
      problems.push(`${one.process}: ${one.kind} ${one.order} began after ${highest} had ended`)
    }
  }
  return problems
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
