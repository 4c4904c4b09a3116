/** Limit of suggestions; the list command shows more. */
const SUGGESTIONS = 3

/**
 * The up to three of `names` closest to `text`, best first: the fewest insertions, deletions, substitutions and swaps
 * of neighbours, ignoring case, and at most a third of the letters (never more than three). Ties go to the name whose
 * changed letters are nearer in the alphabet, so that L40-5Q suggests L40-4Q and L40-6Q before L40-1Q.
 */
export function nearest(text: string, names: readonly string[]): string[] {
  const wanted = text.trim().toLowerCase()
  const allowed = Math.min(3, Math.max(1, Math.floor(wanted.length / 3)))
  return names
    .map((name) => ({ name, cost: distance(wanted, name.toLowerCase(), allowed + 1) }))
    .filter(({ cost }) => cost < allowed + 1)
    .sort((a, b) => a.cost - b.cost)
    .slice(0, SUGGESTIONS)
    .map(({ name }) => name)
}

/** Far below 1 for any number of substitutions in a name: it only orders ties. */
const TIE = 1 / 100_000

function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const gap = Math.min(127, Math.abs(a.charCodeAt(row - 1) - b.charCodeAt(column - 1)))
      let cost = Math.min(
        at(above, column) + 1,
        at(current, column - 1) + 1,
        at(above, column - 1) + (gap === 0 ? 0 : 1 + gap * TIE),
      )
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        cost = Math.min(cost, at(before, column - 2) + 1)
      }
      current.push(cost)
    }
    before = above
    above = current
  }
  return at(above, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0
}
