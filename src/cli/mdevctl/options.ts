import { MdevctlExit } from './outcome.ts'

/** An option of mdevctl: its spellings, and the name of its value in usage lines; a flag has none. */
interface Option {
  readonly short?: string
  readonly long: string
  readonly value?: string
}

const UUID: Option = { short: 'u', long: 'uuid', value: 'UUID' }
const PARENT: Option = { short: 'p', long: 'parent', value: 'PARENT' }
const TYPE: Option = { short: 't', long: 'type', value: 'type' }
const AUTO: Option = { short: 'a', long: 'auto' }
const JSONFILE: Option = { long: 'jsonfile', value: 'JSONFILE' }
const DUMPJSON: Option = { long: 'dumpjson' }

interface Command {
  readonly about: string
  readonly options: readonly Option[]
  /** Options without which the command line is refused. */
  readonly required: readonly string[]
  /** Pairs that exclude each other. */
  readonly conflicts: readonly (readonly [string, string])[]
}

/** The commands of mdevctl 1.2, with the options that its `--help` lists. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  define: {
    about: 'Define a persistent mediated device',
    options: [AUTO, JSONFILE, PARENT, TYPE, UUID],
    required: [],
    conflicts: [
      ['type', 'jsonfile'],
      ['auto', 'jsonfile'],
    ],
  },
  list: {
    about: 'List mediated devices',
    options: [{ short: 'd', long: 'defined' }, DUMPJSON, PARENT, UUID, { short: 'v', long: 'verbose' }],
    required: [],
    conflicts: [],
  },
  modify: {
    about: 'Modify the definition of a mediated device',
    options: [
      AUTO,
      { long: 'addattr', value: 'attr_name' },
      { long: 'delattr' },
      { short: 'i', long: 'index', value: 'INDEX' },
      { short: 'm', long: 'manual' },
      PARENT,
      TYPE,
      UUID,
      { long: 'value', value: 'attr_value' },
    ],
    required: ['uuid'],
    conflicts: [
      ['auto', 'manual'],
      ['delattr', 'addattr'],
    ],
  },
  start: {
    about: 'Start a mediated device',
    options: [JSONFILE, PARENT, TYPE, UUID],
    required: [],
    conflicts: [['type', 'jsonfile']],
  },
  stop: { about: 'Stop a mediated device', options: [UUID], required: ['uuid'], conflicts: [] },
  types: {
    about: 'List available mediated device types',
    options: [DUMPJSON, PARENT],
    required: [],
    conflicts: [],
  },
  undefine: {
    about: 'Undefine a persistent mediated device',
    options: [PARENT, UUID],
    required: ['uuid'],
    conflicts: [],
  },
}

/** The options of a command line by long name; a flag has the value ''. */
export type Given = ReadonlyMap<string, string>

/**
 * Reads the words behind a command as clap does.
 * @throws MdevctlExit with status 2 and clap's sentence
 */
export function readOptions(name: string, words: readonly string[]): Given {
  const command = commandNamed(name)
  const given = new Map<string, string>()
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const { option, value, more } = spelled(name, command, word)
    if (option.value === undefined) {
      given.set(option.long, '')
      if (more !== '') rest.unshift(`-${more}`)
    } else {
      const text = value ?? (more === '' ? rest.shift() : more.replace(/^=/, ''))
      if (text === undefined)
        throw usage(`The argument '${shown(option)}' requires a value but none was supplied`, name, [])
      given.set(option.long, text)
    }
  }
  check(name, command, given)
  return given
}

function commandNamed(name: string): Command {
  const command = COMMANDS[name]
  if (command === undefined) throw new Error(`mdevctl has no command ${name}`)
  return command
}

function spelled(name: string, command: Command, word: string) {
  const [, long, value] = /^--([a-z]+)(?:=(.*))?$/s.exec(word) ?? []
  const [, short, more = ''] = /^-([a-z])(.*)$/s.exec(word) ?? []
  const option = command.options.find((one) => (long === undefined ? one.short === short : one.long === long))
  if (option !== undefined && (long ?? short) !== undefined) return { option, value, more }
  const tried = word.startsWith('-')
    ? `\n\tIf you tried to supply \`${word}\` as a value rather than a flag, use \`-- ${word}\`\n`
    : ''
  const text = `error: Found argument '${word}' which wasn't expected, or isn't valid in this context\n${tried}`
  const line =
    command.required.length > 0 ? `mdevctl ${name} [OPTIONS] ${required(command)}` : `mdevctl ${name} [OPTIONS]`
  throw new MdevctlExit(`${text}\nUSAGE:\n    ${line}\n\n${MORE}`, 2)
}

function required({ options, required: names }: Command): string {
  return options
    .filter((option) => names.includes(option.long))
    .map(shown)
    .join(' ')
}

function check(name: string, { options, required: needed, conflicts }: Command, given: Map<string, string>): void {
  const optionNamed = (long: string) => options.find((option) => option.long === long) as Option
  for (const [first, second] of conflicts) {
    if (!given.has(first) || !given.has(second)) continue
    const text = `The argument '${shown(optionNamed(first))}' cannot be used with '${shown(optionNamed(second))}'`
    const others = [...given.keys()].filter((long) => long !== second)
    throw usage(text, name, inUsageOrder(needed, [], others, []).map(optionNamed))
  }
  const either = name === 'define' || name === 'start' ? ['uuid', 'parent'] : []
  const missing = needed.filter((long) => !given.has(long))
  if (either.length > 0 && either.every((long) => !given.has(long))) missing.push(...either)
  if (given.has('addattr') && !given.has('value')) missing.push('value')
  if (given.has('value') && !given.has('addattr')) missing.push('addattr')
  if (missing.length === 0) return
  const lines = missing.map((long) => `\n    ${shown(optionNamed(long))}`).join('')
  const sentence = `The following required arguments were not provided:${lines}`
  if (given.size === 0 && needed.length > 0 && options.length > needed.length)
    throw usageError(sentence, `mdevctl ${name} [OPTIONS] ${missing.map((long) => shown(optionNamed(long))).join(' ')}`)
  throw usage(sentence, name, inUsageOrder(needed, either, [...given.keys()], missing).map(optionNamed))
}

/** clap's order in a usage line: required options, then the missing ones, then the others; a missing choice comes last. */
function inUsageOrder(
  needed: readonly string[],
  either: readonly string[],
  given: readonly string[],
  missing: readonly string[],
): string[] {
  const choice = missing.filter((long) => either.includes(long))
  const others = missing.filter((long) => !either.includes(long))
  return [...new Set([...needed, ...others, ...given, ...choice])]
}

function shown({ long, value }: Option): string {
  return value === undefined ? `--${long}` : `--${long} <${value}>`
}

function usage(sentence: string, name: string, options: readonly Option[]): MdevctlExit {
  return usageError(sentence, ['mdevctl', name, ...options.map(shown)].join(' '))
}

function usageError(sentence: string, line: string): MdevctlExit {
  return new MdevctlExit(`error: ${sentence}\n\nUSAGE:\n    ${line}\n\n${MORE}`, 2)
}

const MORE = 'For more information try --help\n'
