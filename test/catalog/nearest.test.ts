import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/errors/nearest.ts'

const VERBS = ['list', 'show', 'create', 'destroy', 'start', 'stop', 'suspend', 'resume', 'save', 'restore']

describe('nearest', () => {
  it.each([
    ['lsit', 'list'],
    ['craete', 'create'],
    ['destory', 'destroy'],
    ['stat', 'start'],
    ['SHOW', 'show'],
    ['resumee', 'resume'],
  ])('takes %s for %s', (typed, meant) => expect(nearest(typed, VERBS)[0]).toBe(meant))

  it('gives at most three, nothing for what is far from all, and nothing from nothing', () => {
    expect(nearest('a', ['b', 'c', 'd', 'e'])).toHaveLength(3)
    expect(nearest('migrate', VERBS)).toEqual([])
    expect(nearest('list', [])).toEqual([])
    expect(nearest('', VERBS)).toEqual([])
  })

  it('puts an exact name first, whatever its case, and only ever gives names it was given', () => {
    const word = fc.stringMatching(/^[!-~]{1,12}$/)
    fc.assert(
      fc.property(fc.uniqueArray(word, { minLength: 1 }), fc.nat(), (names, pick) => {
        const name = names[pick % names.length] ?? ''
        const found = nearest(name.toUpperCase(), names)
        expect(found[0]?.toLowerCase()).toBe(name.toLowerCase())
        expect(names).toEqual(expect.arrayContaining(found))
      }),
    )
  })

  it('finds a name with one letter changed, dropped, added or swapped', () => {
    const word = fc.stringMatching(/^[a-z]{4,10}$/)
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('change', 'drop', 'add', 'swap'), (name, pick, how) => {
        const at = pick % (name.length - 1)
        const typed = {
          change: `${name.slice(0, at)}9${name.slice(at + 1)}`,
          drop: name.slice(0, at) + name.slice(at + 1),
          add: `${name.slice(0, at)}9${name.slice(at)}`,
          swap: `${name.slice(0, at)}${name[at + 1]}${name[at]}${name.slice(at + 2)}`,
        }[how]
        expect(nearest(typed, ['0000000000', name, '1111111111'])).toEqual([name])
      }),
    )
  })
})
