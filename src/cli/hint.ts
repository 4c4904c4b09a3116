import { shellWords } from '../errors/shell-words.ts'

/**
 * A command of ours inside a sentence; help is the same for every host, and one that names a directory means that one. What is
 * quoted, or stands behind a #, is somebody's name: a word of quoted parts, as shellQuote writes one, is passed over whole.
 */
const COMMAND = /(?<=\s)(?:'[^']*'|\\'|\$'(?:\\.|[^\\'])*')+|#.*$|(?<=^|[\s:(])nvgpu (?=[a-z])(?![a-z -]*--help)/gm

/**
 * A text for whoever gave `argv`, with the commands in it as they have to be typed: where the host was named by --state-dir
 * they name it too, for without it they would mean another one. What the environment says they find there themselves.
 */
export function forHost(argv: readonly string[], text: string): string {
  const dir = stateDirOf(argv)
  return dir === undefined
    ? text
    : text.replace(COMMAND, (found) => (found === 'nvgpu ' ? `nvgpu --state-dir ${shellWords([dir])} ` : found))
}

/** The last --state-dir, found in words that need not be a command line that anybody understood. */
function stateDirOf(argv: readonly string[]): string | undefined {
  let dir: string | undefined
  for (const [index, word] of argv.entries()) {
    if (word === '--') break
    if (word === '--state-dir') dir = argv[index + 1]
    else if (word.startsWith('--state-dir=')) dir = word.slice('--state-dir='.length)
  }
  return dir === '' ? undefined : dir
}
