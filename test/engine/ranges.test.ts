import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findDown, findUp, gapsOf, giveBack, largestGap, take, usedOf } from '../../src/engine/nvkm/ranges.ts'
import type { Pool } from '../../src/engine/state.ts'

const SIZE = 96
const ALIGNMENTS = [1, 2, 4, 8, 16] as const

/** Reference model of a pool: one flag per unit, linear search. */
class Bitmap {
  readonly used: boolean[] = new Array(SIZE).fill(false)

  free(start: number, size: number): boolean {
    return start >= 0 && start + size <= SIZE && !this.used.slice(start, start + size).includes(true)
  }
  up(size: number, alignment: number): number | null {
    for (let start = 0; start + size <= SIZE; start += alignment) if (this.free(start, size)) return start
    return null
  }
  down(size: number, alignment: number): number | null {
    for (let start = SIZE - (SIZE % alignment); start >= 0; start -= alignment) if (this.free(start, size)) return start
    return null
  }
  mark(start: number, size: number, used: boolean): void {
    this.used.fill(used, start, start + size)
  }
}

const request = fc.record({
  size: fc.integer({ min: 1, max: 24 }),
  alignment: fc.constantFrom(...ALIGNMENTS),
  up: fc.boolean(),
  /** If set: frees the range with this number, if it exists, instead of allocating. */
  back: fc.option(fc.nat({ max: 20 }), { freq: 1 }),
})

describe('the range allocator', () => {
  it('finds what a bitmap searched unit by unit finds, upwards and downwards', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 80, size: 'max' }), (requests) => {
        const pool: Pool = { base: 0, size: SIZE, used: [] }
        const bitmap = new Bitmap()
        for (const { size, alignment, up, back } of requests) {
          const victim = back === null ? undefined : pool.used[back]
          if (victim) {
            expect(giveBack(pool, victim.offset)).toBe(victim)
            bitmap.mark(victim.offset, victim.size, false)
          } else {
            const found = up ? findUp(pool, size, alignment) : findDown(pool, size, alignment)
            expect(found).toBe(up ? bitmap.up(size, alignment) : bitmap.down(size, alignment))
            if (found !== null) {
              take(pool, { offset: found, size, owner: 'x' })
              bitmap.mark(found, size, true)
            }
          }
          expect(usedOf(pool)).toBe(bitmap.used.filter(Boolean).length)
          const free = bitmap.used.map((used, unit) => (used ? '' : unit)).filter((unit) => unit !== '')
          expect(gapsOf(pool).flatMap((gap) => Array.from({ length: gap.size }, (_, k) => gap.offset + k))).toEqual(
            free,
          )
          expect(largestGap(pool)).toBe(Math.max(0, ...gapsOf(pool).map((gap) => gap.size)))
        }
      }),
    )
  })

  it('is empty again after everything is given back, in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 }), (order) => {
        const pool: Pool = { base: 0, size: 80, used: [] }
        for (let n = 0; n < 8; n += 1) take(pool, { offset: n * 10, size: 10, owner: 'x' })
        for (const n of order) giveBack(pool, n * 10)
        expect(pool.used).toEqual([])
        expect(gapsOf(pool)).toEqual([{ offset: 0, size: 80 }])
      }),
    )
  })

  it('keeps to its base', () => {
    const pool: Pool = { base: 100, size: 20, used: [] }
    expect([findUp(pool, 8, 8), findDown(pool, 8, 8)]).toEqual([104, 112])
    expect(() => take(pool, { offset: 96, size: 8, owner: 'x' })).toThrow(/outside/)
    expect(() => take(pool, { offset: 116, size: 8, owner: 'x' })).toThrow(/outside/)
  })

  it('refuses what overlaps and does not know what was never taken', () => {
    const pool: Pool = { base: 0, size: 100, used: [{ offset: 40, size: 20, owner: 'x' }] }
    for (const offset of [30, 40, 50, 59])
      expect(() => take(pool, { offset, size: 11, owner: 'y' })).toThrow(/overlaps/)
    expect(() => take(pool, { offset: 0, size: 0, owner: 'y' })).toThrow()
    expect(giveBack(pool, 41)).toBeNull()
    expect(pool.used).toHaveLength(1)
  })
})
