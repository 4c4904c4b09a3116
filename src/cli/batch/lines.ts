import { given } from '../../app/given.ts'
import { AT_COMMAND_LINE } from '../../app/usage.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Context } from '../context.ts'
import { CHANGING, GLOBALS } from '../globals.ts'
import { parseStart, parseVerb } from '../parse.ts'
import { completeOptions, type Settings, settle } from '../settings.ts'
import type { CommandLine, Interpreter, NounSpec, Options } from '../spec.ts'
import { notHere } from './not-here.ts'
import { splitLine } from './split.ts'

/** A parsed command of a batch. */
export interface BatchLine {
  /** index among the commands, from 0 */
  readonly index: number
  /** number of its line in the file, from 1 */
  readonly number: number
  /** its text in the file */
  readonly text: string
  readonly argv: readonly string[]
  readonly command: CommandLine
  readonly settings: Settings
}

/** Limits of a file: more than anybody types. A parsed line takes about a kilobyte of memory. */
const MOST_LINES = 100_000

/**
 * Parses all commands of a file. One invalid command refuses the whole file before anything is done.
 * @param context its io is that of the lines
 * @param name the file in messages
 * @throws NvError with FILE:LINE in front: invalid-file (not text, quoting), syntax, or an error of an option's parser
 */
export async function readLines(
  context: Context,
  name: string,
  bytes: Uint8Array,
  interpreter: Interpreter,
): Promise<BatchLine[]> {
  const { settings } = context
  const { env } = context.io
  const nouns = new Map<string, NounSpec>()
  const settingsOf = settler(settings, env)
  const lines: BatchLine[] = []
  let number = 0
  for (const raw of decode(name, bytes).split('\n')) {
    number += 1
    const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    const place = () => `${name}:${number}`
    const split = splitLine(text)
    if ('problem' in split) throw invalid(`${place()}:${split.column}: ${split.problem}`, name)
    const argv = split.words[0] === 'nvgpu' ? split.words.slice(1) : split.words
    if (split.words.length === 0) continue
    if (lines.length === MOST_LINES) throw invalid(`${place()}: there are more than ${MOST_LINES} commands`, name)
    try {
      const command = parsePlain(nouns, argv) ?? (await understand(nouns, argv, interpreter))
      const own = settingsOf(command)
      lines.push({ index: lines.length, number, text: text.trim(), argv, command, settings: own })
    } catch (error) {
      throw error instanceof NvError ? placed(place(), error) : error
    }
  }
  return lines
}

/** Completes the options of commands and returns their settings; commands without common options share them. */
function settler(settings: Settings, env: Context['io']['env']): (command: CommandLine) => Settings {
  let common: Settings | undefined
  return (command) => {
    const { options } = command
    const isPlain = givesNoneOf(options, CHANGING) && givesNoneOf(options, GLOBALS)
    const given = isPlain ? options : { ...options }
    const reason = notHere(command, given)
    if (reason !== null) throw refused(reason)
    completeOptions(command, env)
    options.stateDir = settings.stateDir
    if (isPlain && common !== undefined) return common
    const own = settle(command, isPlain ? {} : given, env)
    const quiet = settings.format === 'name' && !own.formatGiven
    const format = quiet ? ({ format: 'name', formatGiven: true } as const) : {}
    const settled = { ...own, dryRun: settings.dryRun, noColor: settings.noColor || own.noColor, ...format }
    if (isPlain) common = settled
    return settled
  }
}

function givesNoneOf(options: Readonly<Record<string, unknown>>, table: Options): boolean {
  for (const key in table) if (options[key] !== undefined) return false
  return true
}

/** Parses a plain line whose noun is loaded; null for any other line. */
function parsePlain(nouns: ReadonlyMap<string, NounSpec>, argv: readonly string[]): CommandLine | null {
  const start = parseStart(argv)
  const noun = start === null ? undefined : nouns.get(start.noun)
  return start === null || noun === undefined ? null : parseVerb(noun, argv, start)
}

/** Parses a line and loads its noun, once for all lines. */
async function understand(
  nouns: Map<string, NounSpec>,
  argv: readonly string[],
  { read, loadNoun }: Interpreter,
): Promise<CommandLine> {
  const name = parseStart(argv)?.noun ?? ''
  const noun = name === '' || nouns.has(name) ? undefined : await loadNoun(name)
  if (noun !== undefined) {
    nouns.set(name, noun)
    const line = parsePlain(nouns, argv)
    if (line !== null) return line
  }
  const line = await read(argv)
  if ('text' in line) throw refused('it names no command that does something')
  return line
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalid(`${name} is not UTF-8 text`, name)
  }
}

function invalid(message: string, object: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-file',
    at: 'batch',
    message,
    object,
    hint: 'nvgpu batch --help',
  })
}

function refused(message: string): NvError {
  return new NvError({ errno: 'EINVAL', code: 'syntax', at: AT_COMMAND_LINE, message, hint: 'nvgpu batch --help' })
}

function placed(place: string, error: NvError): NvError {
  const { errno, code, at, hint, object } = error
  return new NvError({
    errno,
    code,
    at,
    message: `${place}: ${error.message}`,
    ...given({ hint, object }),
  })
}
