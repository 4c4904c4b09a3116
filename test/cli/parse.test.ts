import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { optionsOf } from '../../src/cli/globals.ts'
import { loadNouns } from '../../src/cli/load-noun.ts'
import { parseStart, parseVerb } from '../../src/cli/parse.ts'
import { understand } from '../../src/cli/program.ts'
import type { ArgumentSpec, CommandLine, NounSpec, OptionSpec, Options, VerbSpec } from '../../src/cli/spec.ts'
import { kebab } from '../../src/cli/spec.ts'
import { NvError } from '../../src/errors/nv-error.ts'

let nouns: NounSpec[] = []
beforeAll(async () => {
  nouns = await loadNouns()
})

/** What the short parser says; null where it passes. */
function short(argv: readonly string[]): CommandLine | null {
  const start = parseStart(argv)
  const noun = nouns.find((candidate) => candidate.name === start?.noun)
  return start === null || noun === undefined ? null : parseVerb(noun, argv, start)
}

/** What commander says, with the nouns that run.ts loads for it; null where it refuses or prints help. */
function long(argv: readonly string[]): CommandLine | null {
  const named = nouns.filter(({ name }) => name !== '' && argv.includes(name))
  try {
    const line = understand(argv, named.length > 0 ? named : nouns.filter(({ name }) => name === ''))
    return 'text' in line ? null : line
  } catch (error) {
    if (error instanceof NvError) return null
    throw error
  }
}

/** Why commander refuses a line. */
function refusal(argv: readonly string[]): NvError {
  try {
    understand(
      argv,
      nouns.filter(({ name }) => argv.includes(name)),
    )
  } catch (error) {
    if (error instanceof NvError) return error
    throw error
  }
  throw new Error(`${argv.join(' ')} was not refused`)
}

function factsOf(line: CommandLine) {
  return { noun: line.noun, verb: line.verb.name, options: line.options, args: line.args }
}

/** Texts that a value may be, plain ones first. */
const PLAIN = fc.oneof(
  fc.constantFrom('0', '4', 'L40-4Q', '0000:c1:00.4', 'c1:00.5', 'desk7', '11111111-2222-4333-8444-555555555555'),
  fc.stringMatching(/^[a-z0-9][a-z0-9.:/]{0,12}$/),
)
const ODD = fc.oneof(
  PLAIN,
  fc.constantFrom(
    '',
    '-',
    '--',
    '-1',
    '-q',
    '--gpu',
    '--output',
    '-ojson',
    '-qo',
    '--type=L40-4Q',
    '--help',
    '-h',
    '=',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
)

/** A text that the spec takes, where one can be told. */
function accepted(spec: OptionSpec | ArgumentSpec, text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  if (spec.choices !== undefined) return fc.constantFrom(...spec.choices)
  const candidates = [
    '4',
    'desk7',
    '11111111-2222-4333-8444-555555555555',
    '0100',
    '0x10',
    '5s',
    '1GB/s',
    'a=1',
    'framebuffer=97887,bar1=128G,vfBar1=2G,vmmuSegment=256M',
    '127.0.0.1:0',
  ]
  const fits = (value: string) => {
    try {
      return spec.parse?.(value) !== undefined || spec.parse === undefined
    } catch {
      return false
    }
  }
  return text.map((value) => (fits(value) ? value : (candidates.find(fits) ?? value)))
}

function optionWords(table: Options, text: fc.Arbitrary<string>, repeats: boolean): fc.Arbitrary<string[]> {
  const keys = Object.keys(table)
  const word = fc.constantFrom(...keys).chain((key) => {
    const spec = table[key]
    if (spec === undefined) return fc.constant<string[]>([])
    const names = [`--${kebab(key)}`, ...(spec.short === undefined ? [] : [`-${spec.short}`])]
    return fc.tuple(fc.constantFrom(...names), accepted(spec, text), fc.boolean()).map(([name, value, joined]) => {
      if (spec.value === undefined) return [name]
      return joined && name.startsWith('--') ? [`${name}=${value}`] : [name, value]
    })
  })
  return fc.array(word, { maxLength: repeats ? 5 : 3 }).map((words) => words.flat())
}

function commandLines(verbs: { noun: NounSpec; verb: VerbSpec }[], text: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  return fc.constantFrom(...verbs).chain(({ noun, verb }) => {
    const table = optionsOf(verb)
    const required = Object.entries(table).filter(([, spec]) => spec.required === true)
    const args = Object.values(verb.args).map((spec) =>
      spec.repeat === true
        ? fc.array(accepted(spec, text), { minLength: spec.optional === true ? 0 : 1, maxLength: 3 })
        : spec.optional === true
          ? fc.oneof(fc.constant<string[]>([]), fc.tuple(accepted(spec, text)))
          : fc.tuple(accepted(spec, text)),
    )
    return fc
      .tuple(
        optionWords(table, text, true),
        fc.tuple(...args),
        fc.tuple(...required.map(([key, spec]) => accepted(spec, text).map((value) => [`--${kebab(key)}`, value]))),
        optionWords(table, text, false),
      )
      .map(([before, words, needed, after]) =>
        [noun.name, verb.name].filter((word) => word !== '').concat(before, withoutGaps(words), needed.flat(), after),
      )
  })
}

/** Who leaves an optional argument out leaves out those behind it too. */
function withoutGaps(words: readonly string[][]): string[] {
  const gap = words.findIndex((part) => part.length === 0)
  return words.slice(0, gap < 0 ? words.length : gap).flat()
}

function allVerbs(): { noun: NounSpec; verb: VerbSpec }[] {
  return nouns.flatMap((noun) => noun.verbs.map((verb) => ({ noun, verb })))
}

describe('the short parser', () => {
  it('understands every well-formed command line, exactly as commander does', () => {
    fc.assert(
      fc.property(commandLines(allVerbs(), PLAIN), (argv) => {
        const quick = short(argv)
        const full = long(argv)
        expect(quick, argv.join(' ')).not.toBeNull()
        expect(full, argv.join(' ')).not.toBeNull()
        if (quick !== null && full !== null) expect(factsOf(quick)).toEqual(factsOf(full))
      }),
      { numRuns: 600 },
    )
  })

  it('never takes a command line that commander refuses, nor reads another value out of it', () => {
    let taken = 0
    fc.assert(
      fc.property(
        commandLines(allVerbs(), ODD),
        fc.array(fc.tuple(fc.nat(8), fc.constantFrom('drop', 'double', 'insert'), ODD), { maxLength: 3 }),
        (line, faults) => {
          const argv = [...line]
          for (const [at, fault, word] of faults) {
            if (fault === 'drop') argv.splice(at, 1)
            if (fault === 'double') argv.splice(at, 0, argv[at] ?? word)
            if (fault === 'insert') argv.splice(at, 0, word)
          }
          const quick = short(argv)
          if (quick === null) return
          taken += 1
          const full = long(argv)
          expect(full, JSON.stringify(argv)).not.toBeNull()
          if (full !== null) expect(factsOf(quick)).toEqual(factsOf(full))
        },
      ),
      { numRuns: 1500 },
    )
    expect(taken).toBeGreaterThan(100)
  })

  it('takes options before the noun, before the verb and behind it, the last place winning', () => {
    const line = short(['-o', 'json', 'vgpu', '-o', 'csv', 'list', '-o', 'yaml'])
    expect(line?.options.output).toBe('yaml')
    expect(long(['-o', 'json', 'vgpu', '-o', 'csv', 'list', '-o', 'yaml'])?.options.output).toBe('yaml')
    expect(short(['-o', 'json', 'vgpu', 'list'])?.options.output).toBe('json')
  })

  it('leaves to commander what stands before a verb and only changing ones take; that says where it belongs', () => {
    for (const [words, better] of [
      ['--dry-run vf enable 4', 'vf enable 4 --dry-run'],
      ['vf --dry-run enable 4 -q', 'vf enable 4 -q --dry-run'],
      ['-o json --operation-id A vf enable 4', '-o json vf enable 4 --operation-id A'],
      ['vf --operation-id=A --dry-run enable 4', 'vf enable 4 --operation-id=A --dry-run'],
      ['--operation-id A vf --dry-run enable 4', 'vf enable 4 --operation-id A --dry-run'],
      ['--dry-run apply -f x', 'apply -f x --dry-run'],
    ] as const) {
      const argv = words.split(' ')
      expect(short(argv), words).toBeNull()
      expect(refusal(argv), words).toMatchObject({
        message: expect.stringMatching(/^--[a-z-]+ stands behind the verb$/),
        hint: `nvgpu ${better}`,
      })
      expect(short(better.split(' ')), better).not.toBeNull()
    }
    for (const words of [
      '--dry-run vf list',
      'vf --dry-run list',
      '--dry-run vf enabel 4',
      '--operation-id A migrate x --to b',
      'vf list --dry-run',
    ]) {
      expect(short(words.split(' ')), words).toBeNull()
      expect(refusal(words.split(' ')).message, words).not.toContain('behind')
    }
  })

  it('leaves help, grouped options, dashes as values and mistakes to commander', () => {
    for (const argv of [
      ['vgpu', 'list', '--help'],
      ['vgpu', 'list', '-qo', 'json'],
      ['vgpu', 'create', '--type', '-x'],
      ['vgpu', 'create'],
      ['vgpu', 'show'],
      ['vgpu', 'show', 'a', 'b'],
      ['vgpu', 'lst'],
      ['vgup', 'list'],
      ['vgpu', 'list', '-o', 'xml'],
      ['vgpu', 'list', '--output'],
    ]) {
      expect(short(argv), argv.join(' ')).toBeNull()
    }
  })
})
