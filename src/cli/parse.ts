import { GLOBALS, optionsOf } from './globals.ts'
import type { Arguments, CommandLine, NounSpec, OptionSpec, Options, VerbSpec } from './spec.ts'
import { kebab, verbOf } from './spec.ts'

/** The part of argv before the noun. */
export interface Start {
  readonly noun: string
  /** Index in argv of the first word after the noun. */
  readonly next: number
  readonly options: Record<string, unknown>
}

/**
 * Parses argv up to the noun; the noun is empty if argv has none. Returns null except for the plainest form: the caller
 * then uses commander, built from the same declarations.
 */
export function parseStart(argv: readonly string[]): Start | null {
  const options: Record<string, unknown> = {}
  const next = takeOptions(argv, 0, GLOBALS, options)
  // An empty word differs from a missing one.
  if (next === null || argv[next] === '') return null
  return { noun: argv[next] ?? '', next: next + 1, options }
}

/** Parses the words after the noun; null as for {@link parseStart}. */
export function parseVerb(noun: NounSpec, argv: readonly string[], start: Start): CommandLine | null {
  const options = start.options
  let next = start.next
  let verb = verbOf(noun, '')
  if (verb === undefined) {
    const at = takeOptions(argv, next, GLOBALS, options)
    if (at === null) return null
    verb = verbOf(noun, argv[at] ?? '')
    next = at + 1
  }
  if (verb === undefined) return null
  if (verb.raw === true) {
    const words = argv.slice(next)
    const asksUs = isHelp(words[0]) && verb.ownHelp !== true
    return asksUs || words.includes('--') ? null : rawLine(noun.name, verb, options, words)
  }
  const own = optionsOf(verb)
  const words: string[] = []
  while (next < argv.length) {
    const at = takeOptions(argv, next, own, options)
    if (at === null) return null
    const word = argv[at]
    if (word === '--') {
      words.push(...argv.slice(at + 1))
      break
    }
    if (word !== undefined) words.push(word)
    next = at + 1
  }
  for (const key in own) if (own[key]?.required === true && options[key] === undefined) return null
  const args = placeWords(verb.args, words)
  return args === null ? null : { noun: noun.name, verb, options, args }
}

/** A verb that parses its own words is asked for help by the first of them. */
export function isHelp(word: string | undefined): boolean {
  return word === '-h' || word === '--help'
}

/** The line of a verb that parses its own words. */
export function rawLine(
  noun: string,
  verb: VerbSpec,
  options: Record<string, unknown>,
  words: readonly string[],
): CommandLine {
  return { noun, verb, options, args: Object.fromEntries(Object.keys(verb.args).map((key) => [key, words])) }
}

/** Parses options from `from` on; returns the index of the first other word (`--` counts as one), or null if unsure. */
function takeOptions(
  argv: readonly string[],
  from: number,
  table: Options,
  into: Record<string, unknown>,
): number | null {
  let at = from
  while (at < argv.length) {
    const word = argv[at] ?? ''
    if (!word.startsWith('-') || word === '-' || word === '--') return at
    const equals = word.startsWith('--') ? word.indexOf('=') : -1
    const key = findOption(table, equals === -1 ? word : word.slice(0, equals))
    const option = key === undefined ? undefined : table[key]
    if (key === undefined || option === undefined) return null
    at += 1
    if (option.value === undefined) {
      if (equals !== -1) return null
      into[key] = true
      continue
    }
    const text = equals === -1 ? argv[at] : word.slice(equals + 1)
    // A value that looks like an option is legal but usually a mistake; the full parser decides.
    if (text === undefined || (equals === -1 && text.startsWith('-') && text !== '-')) return null
    if (equals === -1) at += 1
    if (!takeValue(option, key, text, into)) return null
  }
  return at
}

function findOption(table: Options, word: string): string | undefined {
  if (word.startsWith('--')) {
    const long = word.slice(2)
    for (const key in table) if (kebab(key) === long) return key
    return undefined
  }
  for (const key in table) if (`-${table[key]?.short}` === word) return key
  return undefined
}

function takeValue(option: OptionSpec, key: string, text: string, into: Record<string, unknown>): boolean {
  const value = readValue(option, text)
  if (value === undefined) return false
  if (option.repeat !== true) {
    into[key] = value
    return true
  }
  const before = into[key]
  into[key] = Array.isArray(before) ? [...before, value] : [value]
  return true
}

/** The parsed value; undefined if the text is invalid. The full parser words the refusal. */
function readValue(spec: Pick<OptionSpec, 'choices' | 'parse'>, text: string): unknown {
  if (spec.choices !== undefined && !spec.choices.includes(text)) return undefined
  if (spec.parse === undefined) return text
  try {
    return spec.parse(text)
  } catch {
    return undefined
  }
}

function placeWords(specs: Arguments, words: readonly string[]): Record<string, unknown> | null {
  const args: Record<string, unknown> = {}
  let taken = 0
  for (const key in specs) {
    const spec = specs[key]
    if (spec === undefined) continue
    if (spec.repeat === true) {
      const values = words.slice(taken).map((word) => readValue(spec, word))
      if (values.includes(undefined) || (values.length === 0 && spec.optional !== true)) return null
      args[key] = values
      return args
    }
    const word = words[taken]
    if (word === undefined) {
      if (spec.optional !== true) return null
      continue
    }
    const value = readValue(spec, word)
    if (value === undefined) return null
    args[key] = value
    taken += 1
  }
  return taken === words.length ? args : null
}
