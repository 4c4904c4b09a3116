import { basename, dirname, join, resolve } from 'node:path'
import { NvError } from '../errors/nv-error.ts'
import { shellWords } from '../errors/shell-words.ts'
import type { Context } from './context.ts'
import { isWithin } from './destination.ts'
import { fileError } from './file-error.ts'

/**
 * Refuses a path that leads into the state directory: the file could replace a state file, or be foreign to the
 * directory.
 * @throws NvError invalid-argument; not-found, permission and the like for a path that leads nowhere
 */
export function refuseInState({ settings, argv }: Context, path: string): void {
  // resolved as in the store
  const stateDir = resolve(settings.stateDir)
  if (!leadsInto(path, stateDir)) return
  throw new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at: 'write',
    message: `${path} leads into the state directory ${stateDir}, which is for the host only`,
    hint: `nvgpu ${shellWords(elsewhere(argv, path, stateDir))}`,
    object: path,
  })
}

function leadsInto(path: string, stateDir: string): boolean {
  try {
    return isWithin(path, stateDir)
  } catch (error) {
    throw fileError(error, path, 'write')
  }
}

/** The command line with another path, beside the state directory. */
function elsewhere(argv: readonly string[], path: string, stateDir: string): string[] {
  const beside = join(dirname(stateDir), basename(path))
  const other = isWithin(beside, stateDir) ? `${beside}.out` : beside
  const words = argv.filter((word, index) => !(word.startsWith('--state-dir') || argv[index - 1] === '--state-dir'))
  const at = words.findLastIndex((word) => word.endsWith(path))
  return words.map((word, index) => (index === at ? `${word.slice(0, word.length - path.length)}${other}` : word))
}
