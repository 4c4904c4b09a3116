import { Command, CommanderError, Option } from 'commander'
import { usageError } from '../app/usage.ts'
import { nearestWords } from '../errors/nearest-words.ts'
import type { NvError } from '../errors/nv-error.ts'
import { shellWords } from '../errors/shell-words.ts'
import { CHANGING, GLOBALS, optionsOf } from './globals.ts'
import { nounHelp, rootHelp, verbHelp } from './help.ts'
import { NOUNS } from './nouns.ts'
import { isHelp, rawLine } from './parse.ts'
import type { ArgumentSpec, CommandLine, NounSpec, OptionSpec, Options, Understood, VerbSpec } from './spec.ts'
import { kebab } from './spec.ts'
import { VERSION } from './version.ts'

/**
 * Parses argv with commander. It accepts every line of the short parser with the same result, and also help, grouped
 * short options and values that look like options; it words all syntax errors. `loaded` has the declarations of the
 * nouns that argv may mean; other nouns are only for help and suggestions. Throws NvError with code `syntax`, or an
 * error of an option's own `parse`.
 */
export function understand(argv: readonly string[], loaded: readonly NounSpec[]): Understood {
  let text = ''
  let line: CommandLine | undefined
  const program = buildProgram(
    loaded,
    (found) => {
      line = found
    },
    (written) => {
      text += written
    },
  )
  try {
    // commander's own help command has one level only.
    program.parse(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw outOfPlace(argv, loaded) ?? error
    return { text, status: error.exitCode === 0 ? 0 : 2 }
  }
  if (line === undefined) throw usageError('this command line names no command')
  return line
}

/** If moving change-only options behind the verb makes the line valid, the error that says so; else null. */
function outOfPlace(argv: readonly string[], loaded: readonly NounSpec[]): NvError | null {
  const early: string[] = []
  const others: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ''
    const spec = Object.entries(CHANGING).find(([key]) => word.split('=', 1)[0] === `--${kebab(key)}`)?.[1]
    if (spec === undefined) others.push(word)
    else if (!('value' in spec) || word.includes('=')) early.push(word)
    else early.push(...argv.slice(at, ++at + 1))
  }
  const better = [...others, ...early]
  if (early.length === 0 || argv.includes('--') || better.every((word, at) => word === argv[at])) return null
  try {
    const line = understand(better, loaded)
    if (!('verb' in line) || !line.verb.changes) return null
  } catch {
    return null
  }
  const option = early[0]?.split('=', 1)[0]
  return usageError(`${option} stands behind the verb`, { hint: `nvgpu ${shellWords(better)}` })
}

function buildProgram(
  loaded: readonly NounSpec[],
  found: (line: CommandLine) => void,
  write: (text: string) => void,
): Command {
  const options: Record<string, unknown> = {}
  const program = new Command('nvgpu')
    .configureOutput({ writeOut: write, writeErr: write, outputError: () => {} })
    .showSuggestionAfterError(false)
    .enablePositionalOptions()
    .helpCommand(false)
    .configureHelp({ formatHelp: () => rootHelp() })
    .version(`nvgpu ${VERSION}`, '--version', 'print the version')
  const names = Object.keys(NOUNS).filter((name) => name !== '' && NOUNS[name]?.hidden !== true)
  addOptions(program, GLOBALS, options, [])
  for (const name in NOUNS) {
    if (name === '') continue
    const noun = loaded.find((candidate) => candidate.name === name)
    const command = program.command(name)
    if (noun === undefined) continue
    const alone = noun.verbs.find((verb) => verb.name === '')
    if (alone !== undefined) {
      addVerb(command, noun, alone, options, found)
      continue
    }
    command.configureHelp({ formatHelp: () => nounHelp(noun) })
    addOptions(
      command,
      GLOBALS,
      options,
      noun.verbs.map((verb) => verb.name),
    )
    for (const verb of noun.verbs) addVerb(command.command(verb.name), noun, verb, options, found)
  }
  const overview = loaded.find((noun) => noun.name === '')?.verbs[0]
  // With an action, commander calls a mistyped noun "too many arguments" and refuses its options first.
  program
    .allowUnknownOption()
    .argument('[words...]')
    .action(() => {
      const word = program.args[0]
      if (word?.startsWith('-') === true) throw unknownOption(word, Object.keys(GLOBALS))
      if (word !== undefined) throw usageError(`there is no command '${word}'${nearestWords(word, names)}`)
      if (overview !== undefined) found({ noun: '', verb: overview, options, args: {} })
    })
  return program
}

function addVerb(
  command: Command,
  noun: NounSpec,
  verb: VerbSpec,
  options: Record<string, unknown>,
  found: (line: CommandLine) => void,
): void {
  command.configureHelp({ formatHelp: () => verbHelp(noun, verb) })
  if (verb.raw === true) {
    addOptions(command, {}, options, [])
    command.allowUnknownOption().passThroughOptions().helpOption(false).argument('[words...]')
    command.action((words: string[]) => {
      if (isHelp(words[0]) && verb.ownHelp !== true) command.help()
      found(rawLine(noun.name, verb, options, words))
    })
    return
  }
  addOptions(command, optionsOf(verb), options, [])
  const keys = Object.keys(verb.args)
  for (const key of keys) {
    const spec = verb.args[key]
    if (spec !== undefined) command.argument(placeholder(key, spec), spec.summary)
  }
  command.action((...words: unknown[]) => {
    for (const [key, spec] of Object.entries(verb.options)) {
      if (spec.required === true && options[key] === undefined) {
        throw usageError(`--${kebab(key)} ${spec.value ?? ''} is required`)
      }
    }
    const args: Record<string, unknown> = {}
    keys.forEach((key, index) => {
      const spec = verb.args[key]
      if (spec !== undefined) takeWords(spec, key, words[index], args)
    })
    found({ noun: noun.name, verb, options, args })
  })
}

/** Values come from commander's events, in argv's order: the levels share one record and the last place wins. */
function addOptions(command: Command, table: Options, into: Record<string, unknown>, verbs: readonly string[]): void {
  command.exitOverride((error) => {
    throw refusal(error, command.name(), Object.keys(table), verbs)
  })
  for (const key in table) {
    const spec = table[key]
    if (spec === undefined) continue
    const option = new Option(flags(key, spec), spec.summary)
    command.addOption(option)
    command.on(`option:${option.name()}`, (text: string | undefined) => {
      if (spec.value === undefined) {
        into[key] = true
        return
      }
      const value = readValue(spec, `--${kebab(key)}`, text ?? '')
      const before = into[key]
      if (spec.repeat !== true) into[key] = value
      else into[key] = Array.isArray(before) ? [...before, value] : [value]
    })
  }
}

function takeWords(spec: ArgumentSpec, key: string, given: unknown, args: Record<string, unknown>): void {
  const name = kebab(key).toUpperCase()
  if (spec.repeat === true) {
    args[key] = Array.isArray(given) ? given.map((word) => readValue(spec, name, String(word))) : []
  } else if (typeof given === 'string') args[key] = readValue(spec, name, given)
}

function readValue(spec: Pick<OptionSpec, 'choices' | 'parse'>, name: string, text: string): unknown {
  if (spec.choices !== undefined && !spec.choices.includes(text)) {
    throw usageError(`${name} takes ${spec.choices.join(', ')}, not '${text}'${nearestWords(text, spec.choices)}`)
  }
  return spec.parse === undefined ? text : spec.parse(text)
}

/** `-t, --type <TYPE>` in commander's form. */
function flags(key: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? '' : `-${spec.short}, `
  return `${short}--${kebab(key)}${spec.value === undefined ? '' : ` <${spec.value}>`}`
}

function placeholder(key: string, spec: ArgumentSpec): string {
  const name = `${kebab(key).toUpperCase()}${spec.repeat === true ? '...' : ''}`
  return spec.optional === true ? `[${name}]` : `<${name}>`
}

/** commander's refusal in our words, with our suggestions; help and version pass. */
function refusal(error: CommanderError, name: string, keys: readonly string[], verbs: readonly string[]): Error {
  if (error.exitCode === 0 || error.code === 'commander.help') return error
  const word = /'(.*)'/s.exec(error.message)?.[1] ?? ''
  if (error.code === 'commander.unknownOption') return unknownOption(word, keys)
  if (error.code === 'commander.unknownCommand') {
    const hint = `nvgpu ${name} --help`
    return usageError(`there is no verb '${word}'${nearestWords(word, verbs)}`, { hint })
  }
  return usageError(
    error.message
      .replace(/^error: /, '')
      .replace(/\.$/, '')
      .replaceAll(/\s*\n\s*/g, ' '),
  )
}

function unknownOption(word: string, keys: readonly string[]): NvError {
  const long = keys.map((key) => `--${kebab(key)}`)
  return usageError(`there is no option '${word}'${word.startsWith('--') ? nearestWords(word, long) : ''}`)
}
