import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/store/json/canonical.ts'
import { diff } from '../../src/store/json/diff.ts'
import { copyJson, type Json } from '../../src/store/json/json.ts'
import { apply, isPatch, PatchError } from '../../src/store/json/patch.ts'

const keys = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'length', '0', '', 'a', 'b'),
  fc.string({ maxLength: 3 }),
)

const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, -1, 1.5, '', 'x'),
    fc.array(tie('tree'), { maxLength: 5 }),
    // JSON.parse makes "__proto__" an own key, as it does for a file; an object literal would not.
    fc.array(fc.tuple(keys, tie('tree')), { maxLength: 5 }).map((entries) => {
      const text = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')
      const parsed: Json = JSON.parse(`{${text}}`)
      return parsed
    }),
  ),
}))

describe('a copy of a tree', () => {
  it('says the same and shares nothing, whatever the keys are called', () => {
    const frozen = (value: Json): Json => {
      if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) frozen(item)
      Object.freeze(value)
      return value
    }
    const isFree = (value: Json): boolean =>
      typeof value !== 'object' || value === null || (!Object.isFrozen(value) && Object.values(value).every(isFree))
    fc.assert(
      fc.property(tree, (value) => {
        const copy = copyJson(frozen([value, value]))
        expect(JSON.stringify(copy)).toBe(JSON.stringify([value, value]))
        expect(isFree(copy)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a patch', () => {
  it('turns the tree before into the tree after, through JSON, whatever the keys are called', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const patch: unknown = JSON.parse(JSON.stringify(diff(before, after)))
        expect(isPatch(patch)).toBe(true)
        if (isPatch(patch)) expect(canonicalJson(apply(patch, copyJson(before)))).toBe(canonicalJson(after))
        expect(Object.hasOwn(Object.prototype, 'a') || Object.hasOwn(Object.prototype, 'x')).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })

  it('is empty for equal trees, whatever order their keys have', () => {
    fc.assert(
      fc.property(tree, (value) => {
        expect(diff(value, JSON.parse(canonicalJson(value)))).toEqual([])
      }),
    )
  })

  it('names the field that changed, and no more', () => {
    const before = { gpus: [{ fb: { used: [1, 2, 3] } }, { fb: { used: [4] } }], old: 1 }
    const after = { gpus: [{ fb: { used: [1, 2, 3] } }, { fb: { used: [4, 5] } }], new: null }
    expect(diff(before, after)).toEqual([[['gpus', 1, 'fb', 'used', 1], 5], [['new'], null], [['old']]])
  })

  it('says what came and went where elements of an array moved, and nothing of those', () => {
    const before = Array.from({ length: 30 }, (_, index) => ({ offset: index * 128, size: 128, owner: `vm${index}` }))
    const patch = diff({ used: before }, { used: before.filter((_, index) => index !== 1) })
    expect(patch).toEqual([[['used', 1], [], 1]])
    const first = { offset: -128, size: 128, owner: 'new' }
    expect(diff({ used: before }, { used: [first, ...before] })).toEqual([[['used', 0], [first], 0]])
  })

  it('shares no object with the trees it was made from or applied to', () => {
    const value = { list: [{ a: 1 }] }
    const patch = diff({}, value)
    const applied = apply(patch, {})
    value.list.push({ a: 2 })
    expect(applied).toEqual({ list: [{ a: 1 }] })
    apply([[['list', 0, 'a'], 7]], applied)
    expect(patch).toEqual([[['list'], [{ a: 1 }]]])
  })

  it.each([
    ['a key under a number', [[['a', 'b'], 1]]],
    ['an index beyond the end', [[['list', 5], 1]]],
    ['a name in an array', [[['list', 'x'], 1]]],
    ['a longer length', [[['list', 'length'], 9]]],
    ['removing what is not there', [[['nothing']]]],
    ['elements beyond the end', [[['list', 1], [2], 1]]],
    ['elements of what is no array', [[['a', 0], [2], 0]]],
    ['what an object inherits', [[['constructor', 'prototype', 'polluted'], 1]]],
    ['a prototype', [[['__proto__', 'polluted'], 1]]],
  ])('does not fit a tree it was not made for: %s', (_, patch) => {
    expect(isPatch(patch)).toBe(true)
    if (isPatch(patch)) expect(() => apply(patch, { a: 1, list: [1] })).toThrow(PatchError)
    expect('polluted' in {}).toBe(false)
  })

  it.each([
    ['bytes', { a: { b: new Uint8Array(2) } }, /state\.a.*Uint8Array/],
    ['a number JSON has no word for', { a: Number.NaN }, /state\.a.*NaN/],
    ['a function', { a: () => 1 }, /state\.a/],
    ['a class instance', { a: new Map() }, /Map/],
  ])('cannot be made from %s', (_, after, message) => {
    expect(() => diff({ a: {} }, after)).toThrow(message)
  })

  it('cannot be made from a tree that contains itself', () => {
    const loop: { inner?: unknown } = {}
    loop.inner = loop
    expect(() => diff({}, loop)).toThrow(/levels/)
  })
})

describe('what is no patch', () => {
  it.each([
    ['elements that are no list', [[['list', 0], 1, 0]]],
    ['a negative count', [[['list', 0], [], -1]]],
    ['four parts', [[['list', 0], [], 0, 0]]],
  ])('%s', (_, value) => {
    expect(isPatch(value)).toBe(false)
  })
})

describe('canonical JSON', () => {
  it('sorts keys at every level and ends in a newline', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: undefined })).toBe(
      '{\n  "b": [\n    {\n      "c": 2,\n      "d": 1\n    }\n  ]\n}\n',
    )
  })
})
