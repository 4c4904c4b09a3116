import { alignDown, alignUp } from '../../abi/align.ts'
import type { Pool, Range } from '../state.ts'

/** A free range between two used ranges. */
export interface Gap {
  offset: number
  size: number
}

/** Free ranges of a pool, ascending. */
export function gapsOf(pool: Pool): Gap[] {
  const gaps: Gap[] = []
  let at = pool.base
  for (const range of pool.used) {
    if (range.offset > at) gaps.push({ offset: at, size: range.offset - at })
    at = range.offset + range.size
  }
  const end = pool.base + pool.size
  if (end > at) gaps.push({ offset: at, size: end - at })
  return gaps
}

/** Total of the used sizes. */
export function usedOf(pool: Pool): number {
  return pool.used.reduce((sum, range) => sum + range.size, 0)
}

export function largestGap(pool: Pool): number {
  return gapsOf(pool).reduce((most, gap) => Math.max(most, gap.size), 0)
}

/** First fit upwards; null when no aligned gap holds `size`. */
export function findUp(pool: Pool, size: number, alignment = 1): number | null {
  for (const gap of gapsOf(pool)) {
    const start = alignUp(gap.offset, alignment)
    if (start + size <= gap.offset + gap.size) return start
  }
  return null
}

/** `offset` itself, if it is aligned and `size` from it on is free; else null. */
export function findAt(pool: Pool, size: number, offset: number, alignment = 1): number | null {
  const held = gapsOf(pool).some((gap) => offset >= gap.offset && offset + size <= gap.offset + gap.size)
  return held && offset % alignment === 0 ? offset : null
}

/**
 * First fit downwards, like nvkm's tail allocation. The block lies in the highest gap with room and ends as high as its
 * alignment allows. The rest above the block stays free for smaller requests.
 */
export function findDown(pool: Pool, size: number, alignment: number): number | null {
  for (const gap of gapsOf(pool).reverse()) {
    const start = alignUp(gap.offset, alignment)
    const end = gap.offset + gap.size
    if (start + size <= end) return alignDown(end - size, alignment)
  }
  return null
}

/**
 * Marks a range as used, keeping order.
 * @throws Error when the range overlaps another or leaves the pool: a bug in the caller.
 */
export function take(pool: Pool, range: Range): void {
  if (range.size <= 0 || range.offset < pool.base || range.offset + range.size > pool.base + pool.size) {
    throw new Error(`range ${range.offset}+${range.size} is outside the pool`)
  }
  let low = 0
  let high = pool.used.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((pool.used[middle] as Range).offset < range.offset) low = middle + 1
    else high = middle
  }
  const before = pool.used[low - 1]
  const after = pool.used[low]
  if ((before && before.offset + before.size > range.offset) || (after && range.offset + range.size > after.offset)) {
    throw new Error(`range ${range.offset}+${range.size} overlaps a used one`)
  }
  pool.used.splice(low, 0, range)
}

/** Frees the range that starts at `offset`. @returns the range, or null without one. */
export function giveBack(pool: Pool, offset: number): Range | null {
  const at = pool.used.findIndex((range) => range.offset === offset)
  return at < 0 ? null : (pool.used.splice(at, 1)[0] as Range)
}
