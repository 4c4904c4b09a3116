import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { NVA081_CTRL_VGPU_INFO } from '../../src/abi/nva081.ts'
import { defaultsOf } from '../../src/contract/defaults.ts'
import { fill } from '../../src/contract/fill.ts'
import { planOf } from '../../src/contract/plan.ts'
import { TYPE_RECORD_BYTES } from '../../src/contract/state/gsp.ts'
import { PLAN } from '../../src/contract/state-plan.ts'
import { count, defaulted, listOf, mapOf, text } from '../../src/contract/values.ts'

const PART = v.strictObject({ size: count, note: defaulted(text, 'none') })
const WHOLE = v.strictObject({
  id: count,
  first: defaulted(PART, () => ({ size: 0, note: 'none' })),
  maybe: v.nullable(PART),
  list: v.pipe(listOf(PART), v.minLength(1)),
  map: defaulted(mapOf(/^\w+$/, PART), () => ({})),
  plain: v.strictObject({ a: count }),
})
const plan = planOf(WHOLE)

describe('what a value lacks', () => {
  it('F 1: is filled in wherever a field has a default, and what is there stays', () => {
    const value = {
      id: 1,
      first: { size: 5 },
      maybe: { size: 6 },
      list: [{ size: 7, note: 'x' }, { size: 8 }],
      plain: { a: 1 },
    }
    expect(fill(plan, [], value)).toEqual({
      id: 1,
      first: { size: 5, note: 'none' },
      maybe: { size: 6, note: 'none' },
      list: [
        { size: 7, note: 'x' },
        { size: 8, note: 'none' },
      ],
      map: {},
      plain: { a: 1 },
    })
    expect(value).toEqual({
      id: 1,
      first: { size: 5 },
      maybe: { size: 6 },
      list: [{ size: 7, note: 'x' }, { size: 8 }],
      plain: { a: 1 },
    })
  })

  it('F 1: is filled in at a place in the tree', () => {
    expect(fill(plan, ['list', 3], { size: 1 })).toEqual({ size: 1, note: 'none' })
    expect(fill(plan, ['map', 'a'], { size: 1 })).toEqual({ size: 1, note: 'none' })
    expect(fill(plan, ['map'], { a: { size: 1 } })).toEqual({ a: { size: 1, note: 'none' } })
    expect(fill(plan, ['maybe'], { size: 1 })).toEqual({ size: 1, note: 'none' })
  })

  it.each([
    [['maybe'], null],
    [['list', 'length'], 3],
    [['list'], { size: 1 }],
    [['first'], [1]],
    [['nobody', 'knows', 0], { a: 1 }],
    [['__proto__'], { a: 1 }],
    [['plain'], {}],
  ])('F 1: is nothing at %j for %j', (path, value) => {
    expect(fill(plan, path, value)).toBe(value)
  })

  it('F 1: is nothing where nothing is missing: the value itself is given back', () => {
    const value = {
      id: 1,
      first: { size: 1, note: '' },
      maybe: null,
      list: [],
      map: {},
      plain: { a: 1 },
      foreign: [{}],
    }
    expect(fill(plan, [], value)).toBe(value)
  })
})

describe('the defaults of an object', () => {
  it('F 1: are new at each call', () => {
    const [one, other] = [defaultsOf(WHOLE), defaultsOf(WHOLE)]
    expect(Object.keys(one)).toEqual(['first', 'map'])
    expect(one).toEqual(other)
    expect(one.map).not.toBe(other.map)
  })
})

it('a type record in the state has room for NVA081_CTRL_VGPU_INFO and no more', () => {
  expect(TYPE_RECORD_BYTES).toBe(NVA081_CTRL_VGPU_INFO.size)
})

describe('the plan of the state', () => {
  it('F 1: is plain data, so that the build can take its value', () => {
    expect(JSON.parse(JSON.stringify(PLAN))).toStrictEqual(PLAN)
  })
})
