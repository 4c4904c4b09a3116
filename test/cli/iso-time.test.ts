import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isoTime } from '../../src/cli/iso-time.ts'

const DAY_MS = 86_400_000

it('gives a time as Date does, on every day of four centuries', () => {
  for (let day = 0; day < 146_097; day++) {
    const date = new Date(day * DAY_MS + ((day * 7919) % DAY_MS))
    if (isoTime(date) !== date.toISOString()) expect(isoTime(date)).toBe(date.toISOString())
  }
})

it('gives any time as Date does, or refuses it as Date does', () => {
  const time = fc.oneof(
    fc.date({ noInvalidDate: true }),
    fc.date({ min: new Date(0), max: new Date(8e14), noInvalidDate: true }),
  )
  fc.assert(
    fc.property(time, (date) => {
      expect(isoTime(date)).toBe(date.toISOString())
    }),
    { numRuns: 2000 },
  )
  for (const edge of [0, -1, DAY_MS - 1, Date.UTC(10_000, 0) - 1, Date.UTC(10_000, 0)])
    expect(isoTime(new Date(edge))).toBe(new Date(edge).toISOString())
  expect(() => isoTime(new Date(Number.NaN))).toThrow(RangeError)
})
