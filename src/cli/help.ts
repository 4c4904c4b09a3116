import { GLOBALS, optionsOf } from './globals.ts'
import { NOUNS, summaryOf } from './nouns.ts'
import type { Interpreter, NounSpec, OptionSpec, Options, VerbSpec } from './spec.ts'
import { kebab } from './spec.ts'

/** Help of a place that its words alone determine, without commander; null for everything else. */
export async function plainHelp(words: readonly string[], loadNoun: Interpreter['loadNoun']): Promise<string | null> {
  const [first, second] = words
  if (first === undefined) return rootHelp()
  if (words.length > 2 || first === '' || !Object.hasOwn(NOUNS, first)) return null
  const noun = await loadNoun(first)
  const alone = noun?.verbs.find((verb) => verb.name === '')
  if (noun === undefined || (alone !== undefined && second !== undefined)) return null
  if (second === undefined) return alone === undefined ? nounHelp(noun) : verbHelp(noun, alone)
  const verb = noun.verbs.find((candidate) => candidate.name === second)
  return verb === undefined ? null : verbHelp(noun, verb)
}

/** Help of the bare command. */
export function rootHelp(): string {
  const nouns = Object.entries(NOUNS).filter(([name, entry]) => name !== '' && entry.hidden !== true)
  return page([
    ['nvgpu: run an NVIDIA vGPU host, simulated down to its firmware messages'],
    [
      'Examples:',
      '  nvgpu                                 an overview of the host',
      '  nvgpu vf enable 4                     four virtual functions on the first GPU',
      '  nvgpu vgpu create --type L40-4Q       a running vGPU on the first free VF',
      '  nvgpu vgpu list -o json               for programs',
    ],
    ['Commands:', ...columns(nouns.map(([name, entry]) => [name, entry.summary]))],
    ['Options:', ...columns([...optionRows(GLOBALS), ['--version', 'print the version'], HELP_ROW])],
    ["'nvgpu NOUN --help' lists the verbs of a noun, 'nvgpu NOUN VERB --help' explains one."],
  ])
}

/** Help of a noun. */
export function nounHelp(noun: NounSpec): string {
  const verbs = noun.verbs.filter((verb) => verb.hidden !== true)
  const examples = verbs.map((verb) => verb.examples[0]).filter((example) => example !== undefined)
  return page([
    [`nvgpu ${noun.name}: ${summaryOf(noun)}`],
    ['Examples:', ...examples.map((example) => `  nvgpu ${example}`)],
    ['Verbs:', ...columns(verbs.map((verb) => [synopsis(verb), verb.summary]))],
    ['Options:', ...columns([...optionRows(GLOBALS), HELP_ROW])],
  ])
}

/** Help of a verb. */
export function verbHelp(noun: NounSpec, verb: VerbSpec): string {
  const path = ['nvgpu', noun.name, verb.name].filter((word) => word !== '').join(' ')
  const args = Object.entries(verb.args).map(([key, spec]) => [kebab(key).toUpperCase(), spec.summary] as const)
  const shared = Object.keys(GLOBALS)
  const own = Object.fromEntries(Object.entries(optionsOf(verb)).filter(([key]) => !shared.includes(key)))
  return page([
    [`${path}: ${verb.summary}`],
    ['Examples:', ...verb.examples.map((example) => `  nvgpu ${example}`)],
    [
      'Usage:',
      `  ${[
        path,
        ...synopsis(verb)
          .split(' ')
          .slice(verb.name === '' ? 0 : 1),
        '[options]',
      ]
        .join(' ')
        .trim()}`,
    ],
    args.length === 0 ? [] : ['Arguments:', ...columns(args)],
    Object.keys(own).length === 0 ? [] : ['Options:', ...columns(optionRows(own))],
    ['Common options:', ...columns([...optionRows(GLOBALS), HELP_ROW])],
  ])
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

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

function page(sections: readonly (readonly string[])[]): string {
  const filled = sections.filter((section) => section.length > 0)
  return `${filled.map((section) => section.join('\n')).join('\n\n')}\n`
}
