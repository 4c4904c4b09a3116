import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShardFields } from '../../src/store/checkpoint/shard-fields.ts'
import { diff } from '../../src/store/json/diff.ts'
import type { JsonObject } from '../../src/store/json/json.ts'
import { apply, PatchError } from '../../src/store/json/patch.ts'

const read = (text: string) => ShardFields.parse(text)
const gpu = { bdf: '0000:c1:00.0', vfs: [{ name: 'desk1' }, { name: 'dëskü' }], hw: { regs: {} }, eccPending: null }

describe('the fields of a GPU', () => {
  it('are a line each, and the whole is one JSON document', () => {
    const text = ShardFields.of(gpu).toText()
    expect(text.trimEnd().split('\n')).toHaveLength(4)
    expect(JSON.parse(text)).toEqual(gpu)
    expect(read(text).tree()).toEqual(gpu)
  })

  it('are read from one line too, as they were written before', () => {
    const fields = read(`${JSON.stringify(gpu)}\n`)
    expect(fields.tree()).toEqual(gpu)
    expect(fields.toText()).toBe(ShardFields.of(gpu).toText())
  })

  it('are not parsed before somebody looks, nor to be written again', () => {
    const text = '{"bdf":"0000:c1:00.0",\n"gsp":{this is no JSON},\n"vfs":[]}\n'
    const fields = read(text)
    expect(fields.get('bdf')).toBe('0000:c1:00.0')
    expect(fields.copy('vfs')).toEqual([])
    expect(fields.toText()).toBe(text)
    expect(() => fields.get('gsp')).toThrow(SyntaxError)
  })

  it('belong to whoever they were copied for', () => {
    const fields = ShardFields.of(structuredClone(gpu))
    Object.assign(fields.copy('hw') ?? {}, { regs: null })
    expect(fields.get('hw')).toEqual({ regs: {} })
  })

  it.each([
    ['{"bdf":1,\n"gsp":2,\n', SyntaxError],
    ['{"bdf":1\n"gsp":2}\n', SyntaxError],
    ['["bdf"]\n', PatchError],
    ['', SyntaxError],
  ])('are not what %j is', (text, error) => {
    expect(() => read(text)).toThrow(error)
  })

  it.each([[[['bdf', 'x'], 1]], [[['no', 'x'], 1]], [[['no']]], [[[0], 1]], [[['vfs'], [], 1]]] as const)(
    'do not take the change %j, at the latest when they are looked at',
    (change) => {
      for (const looked of [true, false]) {
        const fields = read(ShardFields.of(gpu).toText())
        if (looked) fields.tree()
        const make = () => {
          fields.change(change as never)
          fields.tree()
        }
        expect(make).toThrow(PatchError)
      }
    },
  )

  it('come to what the whole comes to, whatever changes and whenever it is looked at', () => {
    const key = fc.constantFrom('bdf', 'a', '__proto__', 'vfs', '1')
    // Through JSON, for a value of a state came from there: it has no -0.
    const tree = fc
      .dictionary(key, fc.jsonValue({ maxDepth: 3 }), { noNullPrototype: true })
      .map((value): JsonObject => JSON.parse(JSON.stringify(value)))
    fc.assert(
      fc.property(
        fc.array(tree, { minLength: 1, maxLength: 5 }),
        fc.array(key),
        fc.boolean(),
        (states, looks, built) => {
          const [first = {}, ...later] = states
          let fields = built ? ShardFields.of(structuredClone(first)) : read(ShardFields.of(first).toText())
          let whole: JsonObject = JSON.parse(JSON.stringify(first))
          for (const [index, state] of later.entries()) {
            const patch = diff(whole, state)
            for (const change of patch) fields.change(change)
            whole = apply(patch, whole) as JsonObject
            const look = looks[index]
            if (look !== undefined)
              expect(fields.copy(look)).toEqual(Object.hasOwn(whole, look) ? whole[look] : undefined)
            if (index % 2 === 1) fields = read(fields.toText())
          }
          expect(fields.tree()).toEqual(whole)
          expect(JSON.parse(fields.toText())).toEqual(whole)
        },
      ),
    )
  })
})
