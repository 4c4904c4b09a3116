/** Random integers from 0 to n - 1. */
export type Draw = (n: number) => number

/**
 * A generator of pseudorandom numbers; the same seed gives the same numbers on every machine. The state is a counter,
 * and each number is the counter mixed by two rounds of multiply and shift (the finalizer of MurmurHash3).
 * @param seed an integer; its low 32 bits count
 */
export function drawsOf(seed: number): Draw {
  let counter = mix(seed | 0)
  const next = () => {
    counter = (counter + 0x9e3779b9) | 0
    return mix(counter) >>> 0
  }
  // 53 bits, so that n may exceed 2^32 and the remainder's bias stays below 2^-20.
  return (n) => Math.floor((((next() >>> 5) * 0x4000000 + (next() >>> 6)) / 0x20000000000000) * n)
}

function mix(value: number): number {
  let bits = value
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return bits ^ (bits >>> 16)
}

/** The items in a random order, each order equally likely: Fisher and Yates. */
export function shuffled<T>(items: readonly T[], draw: Draw): T[] {
  const order = [...items]
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = draw(last + 1)
    const held = order[last] as T
    order[last] = order[other] as T
    order[other] = held
  }
  return order
}
