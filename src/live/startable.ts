import { statSync } from 'node:fs'
import path from 'node:path'
import { NvError } from '../errors/nv-error.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import { isExecutable } from './privilege.ts'

/** Exit statuses of shells and of env(1) for a command that cannot be started. */
const NOT_EXECUTABLE = 126
const NOT_FOUND = 127

/**
 * Refuses a command that is not there, in our words: nsenter would speak of itself.
 * @param search PATH of the command
 * @throws NvError not-found, permission, with the exit status that shells have for it
 */
export function requireStartable(command: string, search: string): void {
  const isPath = command.includes('/')
  const files = isPath ? [command] : search.split(':').map((dir) => path.join(dir, command))
  const kinds = files.map((file) => kindOf(file))
  if (files.some((file, at) => kinds[at] === 'file' && isExecutable(file))) return
  const isFound = kinds.some((kind) => kind === 'file' || (isPath && kind !== 'none'))
  throw new NvError({
    errno: isFound ? 'EACCES' : 'ENOENT',
    code: isFound ? 'permission' : 'not-found',
    at: 'run',
    message: isFound ? `'${command}' cannot be executed` : `there is no command '${command}'`,
    hint: `command -v ${shellQuote(command)}`,
    object: command,
    status: isFound ? NOT_EXECUTABLE : NOT_FOUND,
  })
}

function kindOf(file: string): 'file' | 'directory' | 'hidden' | 'none' {
  try {
    const facts = statSync(file, { throwIfNoEntry: false })
    if (facts === undefined) return 'none'
    return facts.isDirectory() ? 'directory' : 'file'
  } catch {
    return 'hidden'
  }
}
