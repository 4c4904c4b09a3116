import { describe, expect, it } from 'vitest'
import { disorder, type Seen } from './linear.ts'

const seen = (kind: Seen['kind'], began: number, ended: number, order: number): Seen => ({
  kind,
  process: 'p',
  began: BigInt(began),
  ended: BigInt(ended),
  order,
})

describe('the judgement of an order', () => {
  it('has nothing against operations that overlap in any order, and that find themselves done', () => {
    const history = [
      seen('change', 0, 10, 2),
      seen('change', 1, 9, 1),
      seen('read', 5, 6, 0),
      seen('read', 5, 6, 2),
      seen('repeat', 20, 21, 3),
      seen('repeat', 22, 23, 0),
    ]
    expect(disorder(history, 4)).toEqual([])
  })

  it.each([
    ['a place taken twice', [seen('change', 0, 1, 1), seen('change', 2, 3, 1)], 2],
    ['a lost change', [seen('change', 0, 1, 1), seen('change', 2, 3, 2)], 1],
    ['a change made twice', [seen('change', 0, 1, 1), seen('change', 2, 3, 3)], 3],
    ['a change that comes before one that had ended', [seen('change', 0, 1, 2), seen('change', 2, 3, 1)], 2],
    ['a read that misses what had ended', [seen('change', 0, 1, 1), seen('read', 2, 3, 0)], 1],
    ['a read that goes back', [seen('change', 0, 9, 1), seen('read', 0, 1, 1), seen('read', 2, 3, 0)], 1],
    ['a change behind a read that had seen its place', [seen('read', 0, 1, 1), seen('change', 2, 3, 1)], 1],
  ])('sees %s', (_, history, total) => {
    expect(disorder(history, total)).not.toEqual([])
  })
})
