import type { SlotCounter } from './slot-counter.ts'

/** The driver halves a GPU this many times. */
const HALVINGS = 4

/**
 * Two counters for each of the sixteen smallest partitions of a GPU. A placement takes a partition as a whole, its low end or its
 * high end, and a partition has room for one of each end. With n slots, a low end of a slots takes n + a of 2n, and a high end of
 * b slots takes b: both fit if a + b is at most n, and two low ends never do. A second counter keeps two high ends apart.
 */
export function cellCounters(slots: number): SlotCounter[] {
  return cells(0, slots, HALVINGS).flatMap(({ from, to }) => {
    const n = to - from
    const name = `slots-${from}-${to - 1}`
    return [
      {
        name,
        left(taken: bigint) {
          const { low, high } = endsTaken(taken, from, to)
          return 2 * n - (low === 0 ? 0 : n + low) - high
        },
        takes(id: number, size: number) {
          const low = id <= from ? Math.min(n, Math.max(0, id + size - from)) : 0
          if (low > 0) return n + low
          return Math.max(0, to - Math.max(id, from)) * (id + size >= to ? 1 : 0)
        },
      },
      {
        name: `${name}-high`,
        left: (taken: bigint) => (endsTaken(taken, from, to).high === 0 ? 1 : 0),
        takes: (id: number, size: number) => (id > from && id < to && id + size >= to ? 1 : 0),
      },
    ]
  })
}

interface Cell {
  readonly from: number
  readonly to: number
}

function cells(from: number, to: number, halvings: number): Cell[] {
  if (halvings === 0) return from < to ? [{ from, to }] : []
  const middle = Math.floor((from + to) / 2)
  return [...cells(from, middle, halvings - 1), ...cells(middle, to, halvings - 1)]
}

/** Taken slots at the low end of a cell, and the others at its high end. */
function endsTaken(taken: bigint, from: number, to: number): { low: number; high: number } {
  const isTaken = (slot: number) => (taken & (1n << BigInt(slot))) !== 0n
  let low = 0
  while (from + low < to && isTaken(from + low)) low += 1
  let high = 0
  while (from + low + high < to && isTaken(to - 1 - high)) high += 1
  return { low, high }
}
