import { NvError } from '../../abi/nv-error.ts'
import type { Context } from '../context.ts'
import { loadNoun } from '../load-noun.ts'
import { type CommandLine, parseStart, parseVerb } from '../parse.ts'
import { read } from '../run.ts'
import { completeOptions, type Settings, settle } from '../settings.ts'
import type { NounSpec } from '../spec.ts'
import { AT_COMMAND_LINE } from '../usage.ts'
import { notHere } from './not-here.ts'
import { splitLine } from './split.ts'

/** A command of a batch, understood. */
export interface BatchLine {
  /** from 1 */
  readonly number: number
  /** as it stands in the file */
  readonly text: string
  readonly argv: readonly string[]
  readonly command: CommandLine
  readonly settings: Settings
}

/** Larger than what anybody types; each line of it takes about a kilobyte of memory once it is understood. */
const MOST_LINES = 100_000

/**
 * All commands of a file. It is refused as a whole, before anything is done, if one of them cannot be understood.
 * @param context its io is that of the lines
 * @param name what to call the file
 * @throws NvError with FILE:LINE in front: invalid-file (not text, quoting), syntax, or what an option's parser throws
 */
export async function readLines(context: Context, name: string, bytes: Uint8Array): Promise<BatchLine[]> {
  const { settings } = context
  const { env } = context.io
  const understand = reader()
  const lines: BatchLine[] = []
  for (const [index, raw] of decode(name, bytes).split('\n').entries()) {
    const text = raw.replace(/\r$/, '')
    const place = `${name}:${index + 1}`
    const split = splitLine(text)
    if ('problem' in split) throw invalid(`${place}:${split.column}: ${split.problem}`, name)
    const argv = split.words[0] === 'nvgpu' ? split.words.slice(1) : split.words
    if (split.words.length === 0) continue
    if (lines.length === MOST_LINES) throw invalid(`${place}: there are more than ${MOST_LINES} commands`, name)
    try {
      const command = await understand(argv)
      const given = { ...command.options }
      const reason = notHere(command, given)
      if (reason !== null) throw refused(reason)
      completeOptions(command, env)
      command.options.stateDir = settings.stateDir
      const own = settle(command, given, env)
      const quiet = settings.format === 'name' && !own.formatGiven
      const format = quiet ? ({ format: 'name', formatGiven: true } as const) : {}
      lines.push({
        number: index + 1,
        text: text.trim(),
        argv,
        command,
        settings: { ...own, dryRun: settings.dryRun, noColor: settings.noColor || own.noColor, ...format },
      })
    } catch (error) {
      throw error instanceof NvError ? placed(place, error) : error
    }
  }
  return lines
}

/** Understands lines; a noun is loaded once for all of them. */
function reader(): (argv: readonly string[]) => Promise<CommandLine> {
  const nouns = new Map<string, NounSpec>()
  return async (argv) => {
    const start = parseStart(argv)
    const noun =
      start === null || start.noun === '' ? undefined : (nouns.get(start.noun) ?? (await loadNoun(start.noun)))
    if (start !== null && noun !== undefined) {
      nouns.set(start.noun, noun)
      const line = parseVerb(noun, argv, start)
      if (line !== null) return line
    }
    const line = await read(argv)
    if ('text' in line) throw refused('it names no command that does something')
    return line
  }
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
    ...(hint === undefined ? {} : { hint }),
    ...(object === undefined ? {} : { object }),
  })
}
