import { isDeepStrictEqual } from 'node:util'
import { NvError } from '../errors/nv-error.ts'
import { shellWords } from '../errors/shell-words.ts'
import type { HistoryEntry } from '../store/history.ts'
import { splitLine } from './batch/split.ts'
import { CHANGING, GLOBALS } from './globals.ts'
import type { Interpreter } from './spec.ts'

/** Options that the comparison ignores: output, operation id, and going on after a refusal. */
const IGNORED = new Set([...Object.keys(GLOBALS), ...Object.keys(CHANGING), 'keepGoing'])

/**
 * The recorded change with this operation id; undefined if it is too old for the history or the history is damaged.
 * Throws NvError `exists` if another command made the change, so that a script cannot take a new command for done. Only
 * command lines are compared, not the contents of the files they name.
 */
export async function previousOperation(
  store: { history(): HistoryEntry[] },
  id: string,
  argv: readonly string[],
  read: Interpreter['read'],
): Promise<HistoryEntry | undefined> {
  const entry = entryOf(store, id)
  if (entry === undefined || (await isSame(entry.command, argv, read))) return entry
  throw new NvError({
    errno: 'EEXIST',
    code: 'exists',
    at: 'operation id',
    message: `${id} is already the id of change ${entry.seq}, a different command: ${entry.command}; nothing was done`,
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

async function isSame(command: string, argv: readonly string[], read: Interpreter['read']): Promise<boolean> {
  if (command === shellWords(argv)) return true
  const split = splitLine(command)
  if ('problem' in split) return false
  return isDeepStrictEqual(await meaningOf(split.words, read), await meaningOf(argv, read))
}

/**
 * The meaning of a command line without the ignored options. A line that cannot be parsed, such as an older version's,
 * counts as its words.
 */
async function meaningOf(words: readonly string[], read: Interpreter['read']): Promise<unknown> {
  try {
    const line = await read(words)
    if ('text' in line) return words
    const options = Object.entries(line.options).filter(([key]) => !IGNORED.has(key))
    return { noun: line.noun, verb: line.verb.name, options: Object.fromEntries(options), args: line.args }
  } catch (error) {
    if (error instanceof NvError) return words
    throw error
  }
}
