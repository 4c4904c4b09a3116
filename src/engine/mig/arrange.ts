import type { MigProfile } from '../../contract/views/mig.ts'
import { chooseStart, freeStarts, type MigGrid } from './placement.ts'

/** A GPU instance that is to have a place: this start, or any. */
export interface Unplaced<P extends MigProfile> {
  readonly profile: P
  readonly start: number | null
}

/**
 * Places for all of some instances beside those that are there. Every combination of starts is tried, so that a layout is found that the
 * driver's own choice, one by one in a bad order, would miss.
 * @returns the instances in an order of creation: given starts first, then by size; null when no combination fits
 */
export function arrange<P extends MigProfile>(
  { profiles, placed }: MigGrid,
  wishes: readonly Unplaced<P>[],
): { profile: P; start: number }[] | null {
  const order = [...wishes].sort(
    (a, b) =>
      Number(a.start === null) - Number(b.start === null) ||
      b.profile.size - a.profile.size ||
      a.profile.id - b.profile.id,
  )
  const hopeless = new Set<string>()
  const search = (made: readonly { profile: P; start: number }[]): { profile: P; start: number }[] | null => {
    const wish = order[made.length]
    if (wish === undefined) return [...made]
    const key = made
      .map(({ profile, start }) => `${profile.id}:${start}`)
      .sort()
      .join()
    if (hopeless.has(key)) return null
    hopeless.add(key)
    const grid = { profiles, placed: [...placed, ...made] }
    const best = chooseStart(grid, wish.profile)
    const free = freeStarts(grid, wish.profile).filter((start) => wish.start === null || start === wish.start)
    // the driver's choice first
    for (const start of free.sort((a, b) => Number(b === best) - Number(a === best))) {
      const found = search([...made, { profile: wish.profile, start }])
      if (found !== null) return found
    }
    return null
  }
  return search([])
}
