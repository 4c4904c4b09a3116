/** More than a host has handles, pages and registers in use at a time; beyond that keys are made again. */
const MOST_KEYS = 4096

/**
 * Makes the keys under which things with a number stand in the state, and hands the same ones out again: V8 finds a
 * property far faster by a string that has been a key before.
 */
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
