/** Limit of the cache. */
const MOST_KEYS = 4096

/** Makes property names from numbers, with a cache of the strings. */
export function keyMaker(spell: (value: number) => string): (value: number) => string {
  const known = new Map<number, string>()
  return (value) => {
    const made = known.get(value)
    if (made !== undefined) return made
    const key = spell(value)
    if (known.size < MOST_KEYS) known.set(value, key)
    return key
  }
}
