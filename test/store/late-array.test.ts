import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LazyArray } from '../../src/store/late-array.ts'

const make = (index: number) => `made ${index}`

function late(length: number) {
  const looks: number[] = []
  let complete = false
  const array = new LazyArray(
    length,
    (index) => {
      looks.push(index)
      return make(index)
    },
    () => {
      complete = true
    },
  )
  return { array, looks, isComplete: () => complete }
}

describe('an array whose elements are made late', () => {
  it('makes what is looked at, once, and says when all is made', () => {
    const { array, looks, isComplete } = late(3)
    expect(array.array).toHaveLength(3)
    expect(looks).toEqual([])
    expect([array.array[1], array.array[1], array.array[7], array.array.at(-1)]).toEqual([
      'made 1',
      'made 1',
      undefined,
      'made 2',
    ])
    expect(looks).toEqual([1, 2])
    expect(array.known()).toEqual([1, 2])
    expect(isComplete()).toBe(false)
    expect([...array.array]).toEqual(['made 0', 'made 1', 'made 2'])
    expect(isComplete()).toBe(true)
    expect(array.made).toEqual(['made 0', 'made 1', 'made 2'])
  })

  it('asks again for what could not be made', () => {
    let failing = true
    const array = new LazyArray(
      1,
      () => {
        if (failing) throw new Error('not now')
        return 'made'
      },
      () => {},
    )
    expect(() => array.array[0]).toThrow('not now')
    expect(array.known()).toEqual([])
    failing = false
    expect(array.array[0]).toBe('made')
  })

  it('does what an ordinary array does, whatever is done to it', () => {
    const index = fc.nat({ max: 6 })
    const step = fc.oneof(
      fc.record({ kind: fc.constant('get' as const), index }),
      fc.record({ kind: fc.constant('set' as const), index }),
      fc.record({ kind: fc.constant('delete' as const), index }),
      fc.record({ kind: fc.constant('length' as const), index }),
      fc.record({ kind: fc.constant('splice' as const), index }),
      fc.record({
        kind: fc.constantFrom('push' as const, 'pop' as const, 'shift' as const, 'reverse' as const),
        index,
      }),
    )
    fc.assert(
      fc.property(fc.nat({ max: 5 }), fc.array(step), (length, steps) => {
        const { array } = late(length)
        const model: unknown[] = Array.from({ length }, (_, at) => make(at))
        for (const [number, { kind, index }] of steps.entries()) {
          for (const target of [array.array, model]) {
            if (kind === 'get') target[index]
            else if (kind === 'set') target[index] = number
            else if (kind === 'delete') delete target[index]
            else if (kind === 'length') target.length = index
            else if (kind === 'splice') target.splice(index, 1, number, number)
            else if (kind === 'push') target.push(number)
            else target[kind]()
          }
          expect(array.array.length).toBe(model.length)
          expect(array.known().every((at) => !array.isLate(at))).toBe(true)
        }
        expect(Object.entries(array.array)).toEqual(Object.entries(model))
        expect(JSON.stringify(array.made)).toBe(JSON.stringify(model))
      }),
      { numRuns: 500 },
    )
  })
})
