/** Numbers that follow from a seed alone, so that whatever a seed found can be found again. */
export interface Random {
  /** from 0 up to 1 */
  real(): number
  /** an integer from 0 up to `end`, exclusive */
  below(end: number): number
  /** true with this probability */
  chance(probability: number): boolean
  /** one of the items; there must be one */
  pick<T>(items: readonly T[]): T
}

/** The mulberry32 generator: 32 bits of state, so every seed below 2^32 gives another sequence. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  const real = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(real() * end)
  return {
    real,
    below,
    chance: (probability) => real() < probability,
    pick(items) {
      const item = items[below(items.length)]
      if (item === undefined) throw new RangeError('there is nothing to pick from')
      return item
    },
  }
}

/** The seed of a run: NVGPU_SEED, or one that differs from run to run. The caller prints it. */
export function chosenSeed(): number {
  return Number(process.env.NVGPU_SEED ?? Date.now() % 1e9)
}
