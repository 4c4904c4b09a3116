import type { Io } from '../app/io.ts'
import { loadNoun, loadNouns } from './load-noun.ts'
import { NOUNS } from './nouns.ts'
import { parseStart, parseVerb } from './parse.ts'
import { completeOptions, settle } from './settings.ts'
import type { Interpreter, Understood } from './spec.ts'
import { VERSION } from './version.ts'

/**
 * Runs one command line (without the program's name) and returns the exit status. It never throws, and uses only `io`
 * and the state directory. All output comes after its change is on disk.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let stateDir = ''
  try {
    if (argv.length === 1 && argv[0] === '--version') {
      io.stdout.write(`nvgpu ${VERSION}\n`)
      return 0
    }
    const line = await read(argv)
    if ('text' in line) {
      const stream = line.status === 0 ? io.stdout : io.stderr
      const { columns } = stream
      stream.write(columns === undefined ? line.text : (await import('./help.ts')).wrapped(line.text, columns))
      return line.status
    }
    const given = { ...line.options }
    const added = completeOptions(line, io.env)
    const settings = settle(line, given, io.env)
    stateDir = settings.stateDir
    const context = { io, settings, argv: added.length === 0 ? argv : withOptions(argv, added) }
    const act = () => line.verb.run(context, line, INTERPRETER)
    const answer = await (settings.operationId === undefined
      ? act()
      : (await import('./idempotent.ts')).idempotent(context, read, act))
    const { print } = await import('./print.ts')
    return await print(answer, settings, io, argv)
  } catch (error) {
    const { isBug, report } = await import('./failure.ts')
    const cause =
      isBug(error) && stateDir !== ''
        ? (await import('../app/diagnose-state.ts')).diagnoseState(error, stateDir)
        : error
    return report(cause, argv, io)
  }
}

/** A command line with more options, inserted before any arguments. */
function withOptions(argv: readonly string[], options: readonly string[]): string[] {
  const end = argv.indexOf('--')
  return end < 0 ? [...argv, ...options] : argv.toSpliced(end, 0, ...options)
}

/** Parses a command line. Throws NvError with code `syntax`, or an error of an option's own parser. */
async function read(argv: readonly string[]): Promise<Understood> {
  try {
    const line = await readOwn(argv)
    if (!('text' in line) || line.status === 0) return line
    return await (await import('./habits.ts')).helpWithHabit(line, argv, readOwn)
  } catch (error) {
    const habit = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv
    throw await (await import('./habits.ts')).withHabit(error, habit, readOwn)
  }
}

/** The same without the habits of other programs. */
async function readOwn(argv: readonly string[]): Promise<Understood> {
  const last = argv.at(-1)
  const byWord = argv[0] === 'help'
  if (byWord || last === '--help' || last === '-h') {
    const { namesNothing, plainHelp } = await import('./help.ts')
    const words = byWord ? argv.slice(1) : argv.slice(0, -1)
    const text = await plainHelp(words, loadNoun, byWord)
    if (text !== null) return { text, status: 0 }
    if (await namesNothing(words, loadNoun)) return readWithCommander(words)
  }
  const asked = argv.indexOf('--version')
  if (asked >= 0 && parseStart(argv.toSpliced(asked, 1))?.noun === '')
    return readOwn(['version', ...argv.toSpliced(asked, 1)])
  const start = parseStart(argv)
  const noun = start === null ? undefined : await loadNoun(start.noun)
  if (start !== null && noun !== undefined) {
    const line = parseVerb(noun, argv, start)
    if (line !== null) return line
  }
  return readWithCommander(argv)
}

/** The full parser: it also finds a noun behind options that the short parser refuses. */
async function readWithCommander(argv: readonly string[]): Promise<Understood> {
  const { understand } = await import('./program.ts')
  const named = Object.keys(NOUNS).filter((name) => name !== '' && argv.includes(name))
  const loaded = await Promise.all((named.length === 0 ? [''] : named).map(loadNoun))
  return understand(
    argv,
    loaded.flatMap((noun) => noun ?? []),
  )
}

const INTERPRETER: Interpreter = { read, run, loadNoun, loadNouns }
