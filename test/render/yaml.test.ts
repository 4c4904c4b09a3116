import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { OPTIONS, yamlOf } from '../../src/render/yaml.ts'
import { missing } from '../house/installed.ts'

const whole = (data: object) => stringify(data, OPTIONS)

const python = (program: string, input: string) =>
  spawnSync('/usr/bin/python3', ['-c', program], { input, encoding: 'utf8', maxBuffer: 2 ** 28 })
const NO_PYTHON = missing('/usr/bin/python3', '-c', 'import yaml')

/** Texts that YAML of either version takes for something else, or cannot take as they are. */
const AWKWARD = [
  ...[
    '',
    ' ',
    'a ',
    ' a',
    'no',
    'On',
    'y',
    'NULL',
    '~',
    'true',
    '0x1f',
    '0o17',
    '017',
    '1_000',
    '.5',
    '1e3',
    '12:30:45',
  ],
  ...['0000:41:00.0', '0000:c1:00.0', '2026-11-22', '2026-11-22T18:38:53.000Z', '<<', '=', '-', '- a', '?', '? a', ':'],
  ...['a: b', 'a:', 'a #b', '#a', '&a', '*a', '!a', '|', '>', "'", '"', '%a', '@a', '`a', '{a}', '[a]', 'a, b', '---'],
  ...[
    '--- a',
    '...',
    'a\nb',
    'a\n',
    '\n',
    'a\tb',
    '\t',
    'a\rb',
    ' \n',
    'a\n\tb\n',
    '\u0007',
    '\ud800',
    'é',
    'x'.repeat(2000),
  ],
  ...['a b '.repeat(60), 'ein "Wort"', "it's", '\\', '__proto__', 'toString', '7', '.nan', '.inf', '-.inf', 'null '],
  ...['\u007f', '\u0080', '\u0085', '\u009f', '\u2028', 'a\u2029b', '\ufeff', 'a\ufffe', '\uffff', '\u0085\nb'],
]

const isLine = (text: string) => !text.includes('\n')

/** Trees of data with words like these. */
const treeOf = (words: readonly string[], accepts: (text: string) => boolean) => {
  const word = fc
    .oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 8 }), fc.string({ maxLength: 30 }))
    .filter(accepts)
  return fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      fc.oneof(word, fc.integer(), fc.double(), fc.boolean(), fc.constant(null)),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(word, fc.oneof(tie('tree'), fc.constant(undefined)), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).tree
}

describe('YAML', () => {
  it.each([
    ['of texts in lines', treeOf(AWKWARD.filter(isLine), isLine)],
    ['of texts of any kind', treeOf(AWKWARD, () => true)],
  ])(
    'is byte for byte what the yaml package writes of the same data (%s)',
    (_, tree) => {
      fc.assert(
        fc.property(fc.array(tree, { maxLength: 5 }), (items) => {
          expect(yamlOf({ schema: 1, items })).toBe(whole({ schema: 1, items }))
        }),
        { numRuns: 3000 },
      )
    },
    60_000,
  )

  it.each(AWKWARD)('is so for %j as a key and as a value, alone and deep', (text) => {
    for (const data of [{ [text]: text }, [text], { a: { [text]: [text, { [text]: [[text]] }] } }])
      expect(yamlOf(data)).toBe(whole(data))
  })

  it.each([
    ['=', '"="'],
    ['a\tb', '"a\\tb"'],
    ['ä\u0085', '"ä\\u0085"'],
    ['\u2028', '"\\u2028"'],
    ['it’s\u2029', '"it’s\\u2029"'],
    ["it's\ufeff", '"it\'s\\ufeff"'],
    ['a = b', 'a = b'],
    ['a\n\tb', '|-\n  a\n  \tb'],
  ])('has %j as %s', (text, written) => {
    expect(yamlOf({ a: text })).toBe(`a: ${written}\n`)
  })

  it('is read back by the package as what JSON says', () => {
    fc.assert(
      fc.property(fc.array(treeOf(AWKWARD, () => true)), (items) => {
        const said = JSON.parse(JSON.stringify({ items }))
        expect(parse(yamlOf(said))).toEqual(said)
      }),
      { numRuns: 1000 },
    )
  })

  it.skipIf(NO_PYTHON !== undefined)('is read back by a reader of YAML 1.1 as what JSON says', () => {
    const word = fc.oneof(fc.constantFrom(...AWKWARD), fc.string({ unit: 'binary', maxLength: 8 }))
    const documents = fc.sample(fc.dictionary(word, fc.array(word), { noNullPrototype: true }), 500)
    const program =
      'import json, sys, yaml\nfor said, text in json.load(sys.stdin): assert yaml.safe_load(text) == json.loads(said), said'
    const input = JSON.stringify(documents.map((document) => [JSON.stringify(document), yamlOf(document)]))
    expect(python(program, input)).toMatchObject({ status: 0, stderr: '' })
  })

  it('is so for what is empty, and for what JSON does not have', () => {
    class Odd {
      a = 1
    }
    const shared = { a: ['x'] }
    for (const data of [
      ...[{}, [], { a: {}, b: [] }, [{}, []], { a: undefined }, { a: { b: undefined } }, [[[1], []], { a: [[{}]] }]],
      ...[{ a: new Date(0) }, { a: 10n }, new Map([['a', 1]]), new Odd(), { a: -0 }, { a: Number.NaN }, [undefined]],
      ...[
        { a: shared, b: shared, c: [shared, shared] },
        { a: 1e21, b: 1e-7, c: 0.1, d: 2 ** 53 },
      ],
    ])
      expect(yamlOf(data)).toBe(whole(data))
  })

  it('takes time in proportion to what there is: a million values within seconds', () => {
    const samples = Array.from({ length: 100_000 }, (_, index) => ({
      labels: { gpu: String(index % 1000), vgpu: `0000-${index}`, vf: `0000:c1:00.${index % 8}` },
      value: index,
    }))
    const start = process.cpuUsage().user
    yamlOf({ items: samples })
    // the package takes 6 seconds for these, this a tenth
    expect((process.cpuUsage().user - start) / 1_000_000).toBeLessThan(4)
  })
})
