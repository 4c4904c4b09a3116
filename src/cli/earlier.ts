import { isDeepStrictEqual } from 'node:util'
import { NvError } from '../errors/nv-error.ts'
import { shellWords } from '../errors/shell-words.ts'
import type { HistoryEntry } from '../store/history.ts'
import { splitLine } from './batch/split.ts'
import { CHANGING, GLOBALS } from './globals.ts'
import { read } from './run.ts'

/** How a retry may differ from what it repeats: in how it answers, in how it is named, in whether it goes on after a refusal. */
const FREE = new Set([...Object.keys(GLOBALS), ...Object.keys(CHANGING), 'keepGoing'])

/**
 * The change that has an operation id already, as the history knows it; undefined if it is too old for that, or damaged: the
 * id alone then says that it was made. Throws NvError `exists` if another command made it: a script that uses an id twice
 * would take for done what never was. Only the words are compared, not what the files hold that they name.
 */
export async function earlierOf(
  store: { history(): HistoryEntry[] },
  id: string,
  argv: readonly string[],
): Promise<HistoryEntry | undefined> {
  const entry = entryOf(store, id)
  if (entry === undefined || (await isSame(entry.command, argv))) return entry
  throw new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: 'operation id',
    message: `${id} is the id of change ${entry.seq} already, and that is another one: ${entry.command}; nothing was done`,
    hint: `nvgpu history show ${entry.seq}`,
    object: id,
  })
}

function entryOf(store: { history(): HistoryEntry[] }, id: string): HistoryEntry | undefined {
  try {
    return store.history().findLast((entry) => entry.id === id)
  } catch (error) {
    if (error instanceof NvError) return undefined
    throw error
  }
}

async function isSame(command: string, argv: readonly string[]): Promise<boolean> {
  if (command === shellWords(argv)) return true
  const split = splitLine(command)
  if ('problem' in split) return false
  return isDeepStrictEqual(await meaningOf(split.words), await meaningOf(argv))
}

/** What a command line asks for, apart from FREE. One that cannot be understood, an older version's say, is only its words. */
async function meaningOf(words: readonly string[]): Promise<unknown> {
  try {
    const line = await read(words)
    if ('text' in line) return words
    const options = Object.entries(line.options).filter(([key]) => !FREE.has(key))
    return { noun: line.noun, verb: line.verb.name, options: Object.fromEntries(options), args: line.args }
  } catch (error) {
    if (error instanceof NvError) return words
    throw error
  }
}
