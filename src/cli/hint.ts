import { shellWords } from '../errors/shell-words.ts'

/**
 * A command of nvgpu inside a sentence, unless it asks for help or names a directory already. Quoted text, and text
 * behind a #, is a name: a word of quoted parts, as shellQuote writes it, is skipped.
 */
const COMMAND = /(?<=\s)(?:'[^']*'|\\'|\$'(?:\\.|[^\\'])*')+|#.*$|(?<=^|[\s:(])nvgpu (?=[a-z])(?![a-z -]*--help)/gm

/**
 * A text for the user of `argv`, with its commands made complete: if --state-dir named the host, they name it too,
 * since they would mean another host without it. Settings from the environment apply to them anyway.
 */
export function forHost(argv: readonly string[], text: string): string {
  const dir = stateDirOf(argv)
  return dir === undefined
    ? text
    : text.replace(COMMAND, (found) => (found === 'nvgpu ' ? `nvgpu --state-dir ${shellWords([dir])} ` : found))
}

/** The last --state-dir among words that may not be a valid command line. */
function stateDirOf(argv: readonly string[]): string | undefined {
  let dir: string | undefined
  for (const [index, word] of argv.entries()) {
    if (word === '--') break
    if (word === '--state-dir') dir = argv[index + 1]
    else if (word.startsWith('--state-dir=')) dir = word.slice('--state-dir='.length)
  }
  return dir === '' ? undefined : dir
}
