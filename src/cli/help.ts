import { GLOBALS, optionsOf } from './globals.ts'
import { GROUPS, NOUNS, summaryOf } from './nouns.ts'
import type { Interpreter, NounSpec, OptionSpec, Options, VerbSpec } from './spec.ts'
import { kebab } from './spec.ts'

/** Help of a place that its words alone determine, without commander; null for everything else. */
export async function plainHelp(
  words: readonly string[],
  loadNoun: Interpreter['loadNoun'],
  byWord: boolean,
): Promise<string | null> {
  const [first, second] = words
  if (first === undefined) return rootHelp()
  if (words.length > 2 || first === '' || !Object.hasOwn(NOUNS, first)) return null
  const noun = await loadNoun(first)
  const alone = noun?.verbs.find((verb) => verb.name === '')
  if (noun === undefined || (alone !== undefined && second !== undefined)) return null
  if (alone?.ownHelp === true && !byWord) return null
  if (second === undefined) return alone === undefined ? nounHelp(noun) : verbHelp(noun, alone)
  const verb = noun.verbs.find((candidate) => candidate.name === second)
  return verb === undefined ? null : verbHelp(noun, verb)
}

/** Whether the first words are meant as a command that does not exist: there is no help of it, only the error. */
export async function namesNothing(words: readonly string[], loadNoun: Interpreter['loadNoun']): Promise<boolean> {
  const [first = '-', second = '-'] = words
  if (first === '' || first.startsWith('-')) return false
  if (!Object.hasOwn(NOUNS, first)) return true
  const verbs = (await loadNoun(first))?.verbs.map((verb) => verb.name) ?? []
  return !second.startsWith('-') && !verbs.includes('') && !verbs.includes(second)
}

/** Help of the bare command. */
export function rootHelp(): string {
  const nouns = Object.entries(NOUNS).filter(([name, entry]) => name !== '' && entry.hidden !== true)
  const width = Math.max(...nouns.map(([name]) => name.length))
  return page([
    ['Usage: nvgpu [NOUN [VERB]] [ARGUMENTS] [OPTIONS]'],
    ['Run an NVIDIA vGPU host, simulated down to its firmware messages.'],
    ...GROUPS.map((group) => [
      `${group}:`,
      ...columns(
        nouns.filter(([, entry]) => entry.group === group).map(([name, entry]) => [name, entry.summary]),
        width,
      ),
    ]),
    [
      'Examples:',
      '  nvgpu                                 an overview of the host',
      '  nvgpu vf enable 4                     four virtual functions on the first GPU',
      '  nvgpu vgpu create --type L40-4Q       a running vGPU on the first free VF',
      '  nvgpu vgpu list -o json               for programs',
    ],
    [commonOptions(' --version')],
    ["'nvgpu NOUN --help' lists the verbs of a noun and the common options, 'nvgpu NOUN VERB --help' explains a verb."],
  ])
}

/** Help of a noun. */
export function nounHelp(noun: NounSpec): string {
  const verbs = noun.verbs.filter((verb) => verb.hidden !== true)
  const examples = verbs.map((verb) => verb.examples[0]).filter((example) => example !== undefined)
  return page([
    [`Usage: nvgpu ${noun.name} VERB [ARGUMENTS] [OPTIONS]`],
    [`nvgpu ${noun.name}: ${summaryOf(noun)}`],
    ['Verbs:', ...columns(verbs.map((verb) => [synopsis(verb), verb.summary]))],
    ['Examples:', ...examples.map((example) => `  nvgpu ${example}`)],
    ['Common options:', ...columns([...optionRows(GLOBALS), HELP_ROW])],
  ])
}

/** Help of a verb. */
export function verbHelp(noun: NounSpec, verb: VerbSpec): string {
  const path = ['nvgpu', noun.name, verb.name].filter((word) => word !== '').join(' ')
  const args = Object.entries(verb.args).map(([key, spec]) => [kebab(key).toUpperCase(), spec.summary] as const)
  const shared = Object.keys(GLOBALS)
  const own = Object.fromEntries(Object.entries(optionsOf(verb)).filter(([key]) => !shared.includes(key)))
  const words = synopsis(verb)
    .split(' ')
    .slice(verb.name === '' ? 0 : 1)
  return page([
    [`Usage: ${[path, ...words, '[OPTIONS]'].filter((word) => word !== '').join(' ')}`],
    [`${path}: ${verb.summary}`],
    ['Examples:', ...verb.examples.map((example) => `  ${`nvgpu ${example}`.trim()}`)],
    args.length === 0 ? [] : ['Arguments:', ...columns(args)],
    Object.keys(own).length === 0 ? [] : ['Options:', ...columns(optionRows(own))],
    [commonOptions('')],
  ])
}

/** All on one line; the help of a noun explains them. */
function commonOptions(more: string): string {
  const names = Object.entries<OptionSpec>(GLOBALS).map(([key, spec]) => {
    const name = spec.short === undefined ? `--${kebab(key)}` : `-${spec.short}`
    return spec.value === undefined ? name : `${name} ${spec.value}`
  })
  return `Common options: ${names.join(' ')}${more} -h`
}

/** `create --type TYPE` or `stop [VGPU...]`: the verb, its required options, and its arguments. */
function synopsis(verb: VerbSpec): string {
  const words = verb.name === '' ? [] : [verb.name]
  for (const [key, spec] of Object.entries(verb.options)) {
    if (spec.required === true) words.push(`--${kebab(key)} ${spec.value ?? ''}`)
  }
  for (const [key, spec] of Object.entries(verb.args)) {
    const name = `${kebab(key).toUpperCase()}${spec.repeat === true ? '...' : ''}`
    words.push(spec.optional === true ? `[${name}]` : name)
  }
  return words.join(' ')
}

/** Indent of continued lines without a right column, or with one that is too narrow. */
const INDENT = 6
const HELP_ROW = ['-h, --help', 'print this'] as const

function optionRows(table: Options): (readonly [string, string])[] {
  return Object.entries(table).map(([key, spec]) => [spelling(key, spec), optionSummary(spec)] as const)
}

function spelling(key: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '    ' : `-${spec.short}, `
  return `${short}--${kebab(key)}${spec.value === undefined ? '' : ` ${spec.value}`}`
}

function optionSummary(spec: OptionSpec): string {
  const choices = spec.choices === undefined ? '' : `: ${spec.choices.join(', ')}`
  const notes = [
    spec.required === true ? 'required' : '',
    spec.repeat === true ? 'may be given again' : '',
    spec.env === undefined ? '' : `env ${spec.env}`,
  ].filter((note) => note !== '')
  return `${spec.summary}${choices}${notes.length === 0 ? '' : ` [${notes.join(', ')}]`}`
}

function columns(
  rows: readonly (readonly [string, string])[],
  width = Math.max(...rows.map(([left]) => left.length)),
): string[] {
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

function page(sections: readonly (readonly string[])[]): string {
  const filled = sections.filter((section) => section.length > 0)
  return `${filled.map((section) => section.join('\n')).join('\n\n')}\n`
}

/** Help for a terminal: longer lines are wrapped between words, with the indent of their right column. */
export function wrapped(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, width))
    .join('\n')
}

function wrapLine(line: string, width: number): string[] {
  if (line.length <= width) return [line]
  const [left = ''] = /^ *(?:\S+ )*\S+ {2,}(?=\S)|^ */.exec(line) ?? []
  const hasColumn = left.trim() !== '' && left.length < width / 2
  const indent = ' '.repeat(hasColumn || left === '' ? left.length : INDENT)
  const lines: string[] = []
  const [first = '', ...words] = line.slice(left.length).split(' ')
  let current = left + first
  for (const word of words) {
    if (current.length + 1 + word.length <= width) current += ` ${word}`
    else {
      lines.push(current)
      current = indent + word
    }
  }
  return [...lines, current]
}
