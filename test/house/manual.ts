import { CHANGING, GLOBALS } from '../../src/cli/globals.ts'
import { NOUNS, summaryOf } from '../../src/cli/nouns.ts'
import type { ArgumentSpec, NounSpec, OptionSpec, Options, VerbSpec } from '../../src/cli/spec.ts'
import { kebab } from '../../src/cli/spec.ts'
import { REFUSALS } from '../../src/errors/refusal.ts'

/**
 * The parts of the man page that follow from the program's own tables, in mdoc, by the name that marks their place:
 * a part stands between the comments `begin NAME` and `end NAME`, the rest of the page is written by hand.
 */
export function generatedParts(nouns: readonly NounSpec[]): Record<string, string> {
  const shown = nouns.filter((noun) => NOUNS[noun.name]?.hidden !== true)
  return {
    'common options': Object.entries({ ...GLOBALS, ...CHANGING })
      .map(([key, spec]) => optionItem(key, spec))
      .join(''),
    commands: shown
      .filter((noun) => noun.name !== '')
      .map(nounSection)
      .join(''),
    variables: variables(shown),
    statuses: statuses(),
  }
}

/** Puts the parts into their places in the page. Throws when the page has no place for one. */
export function fillIn(page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const begin = `.\\" begin ${name}\n`
    const end = `.\\" end ${name}\n`
    const from = text.indexOf(begin)
    const to = text.indexOf(end)
    if (from < 0 || to < from) throw new Error(`the man page has no place for the part "${name}"`)
    return text.slice(0, from + begin.length) + part + text.slice(to)
  }, page)
}

function nounSection(noun: NounSpec): string {
  const verbs = noun.verbs.filter((verb) => verb.hidden !== true)
  const alone = verbs.length === 1 && verbs[0]?.name === ''
  const summary = alone ? '' : `${sentence(summaryOf(noun))}\n`
  return `.Ss ${noun.name}\n${summary}.Bl -tag -width Ds\n${verbs.map((verb) => verbItem(noun, verb)).join('')}.El\n`
}

function verbItem(noun: NounSpec, verb: VerbSpec): string {
  const words = [noun.name, verb.name].filter((word) => word !== '').join(' ')
  const wanted = Object.entries(verb.options).map(([key, spec]) => synopsisOption(key, spec))
  const args = Object.entries(verb.args).map(([key, spec]) => synopsisArgument(key, spec))
  const head = ['.It Cm', words, ...wanted, ...args].join(' ')
  const told = Object.entries(verb.args).map(([key, spec]) => argumentItem(key, spec))
  const own = Object.entries(verb.options).map(([key, spec]) => optionItem(key, spec))
  return `${head}\n${sentence(verb.summary)}\n${definitions([...told, ...own])}`
}

function synopsisOption(key: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? `Fl -${kebab(key)}` : `Fl ${spec.short}`
  const value = spec.value === undefined ? '' : ` Ar ${word(spec.value)}`
  return spec.required === true ? `${short}${value}` : `Oo ${short}${value} Oc`
}

function synopsisArgument(key: string, spec: ArgumentSpec): string {
  const name = `Ar ${word(kebab(key).toUpperCase())}${spec.repeat === true ? ' ...' : ''}`
  return spec.optional === true ? `Oo ${name} Oc` : name
}

function argumentItem(key: string, spec: ArgumentSpec): string {
  return `.It Ar ${word(kebab(key).toUpperCase())}\n${sentence(spec.summary)}\n${choices(spec.choices)}`
}

function optionItem(key: string, spec: OptionSpec): string {
  const value = spec.value === undefined ? '' : ` Ar ${word(spec.value)}`
  const short = spec.short === undefined ? '' : `Fl ${spec.short}${value} , `
  const repeat = spec.repeat === true ? '.Pq May be given again.\n' : ''
  const env = spec.env === undefined ? '' : `.Pq Environment: Ev ${spec.env}\n`
  return `.It ${short}Fl -${kebab(key)}${value}\n${sentence(spec.summary)}\n${choices(spec.choices)}${repeat}${env}`
}

/** A list of items; empty where there are none. */
function definitions(items: readonly string[]): string {
  return items.length === 0 ? '' : `.Bl -tag -width Ds -compact\n${items.join('')}.El\n`
}

function choices(words: readonly string[] | undefined): string {
  if (words === undefined) return ''
  const list = words.map((each, index) => `.Cm ${word(each)}${index < words.length - 1 ? ' ,' : ' .'}\n`)
  return `One of\n${list.join('')}`
}

/** Environment variables that stand in for options, in alphabetical order. */
function variables(nouns: readonly NounSpec[]): string {
  const tables: Options[] = [GLOBALS, CHANGING, ...nouns.flatMap((noun) => noun.verbs.map((verb) => verb.options))]
  const flags = new Map<string, Set<string>>()
  for (const [key, spec] of tables.flatMap((table) => Object.entries(table))) {
    if (spec.env !== undefined) flags.set(spec.env, (flags.get(spec.env) ?? new Set()).add(kebab(key)))
  }
  return [...flags]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, keys]) => `.It Ev ${name}\nStands in for\n${[...keys].map((key) => `.Fl -${key}`).join('\n')} .\n`)
    .join('')
}

/** The refusal codes in the order of their exit status. */
function statuses(): string {
  const rows = Object.entries(REFUSALS)
    .sort(([, one], [, other]) => one.status - other.status)
    .map(([code, { status, meaning }]) => `.It ${status} Ta ${code} Ta\n${filled(meaning)}\n`)
  return `.Bl -column -compact "status" "network-filesystem" "meaning"\n.It Sy status Ta Sy code Ta Sy meaning\n${rows.join('')}.El\n`
}

/** A summary as a sentence: a capital letter, but not for a name like vGPU, and a full stop. */
function sentence(text: string): string {
  const first = /^[a-z][A-Z]/.test(text) ? text.charAt(0) : text.charAt(0).toUpperCase()
  return filled(`${first}${text.slice(1)}.`)
}

/** Text as roff wants it: each sentence on a line of its own, of at most 78 characters, none like a request. */
function filled(text: string): string {
  const sentences = roff(text).split(/(?<=\.) (?=[A-Z])/)
  const lines = sentences.flatMap((each) => each.match(/\S(?:.{0,76}\S)?(?= |$)/g) ?? [])
  return lines.map((line) => line.replace(/^([.'])/, '\\&$1')).join('\n')
}

function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('’', '\\(cq')
}

/** An argument of a macro: one that could be read as a macro itself is shielded. */
function word(text: string): string {
  return /^[A-Za-z%][A-Za-z]{1,2}$/.test(text) ? `\\&${text}` : roff(text)
}
