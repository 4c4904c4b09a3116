import type { ErrnoName } from '../abi/errno.ts'
import type { RefusalCode } from '../abi/nv-error.ts'
import { NvError } from '../abi/nv-error.ts'
import type { Context } from './context.ts'

/** Largest file a user may hand in: a host of a thousand GPUs exports to less. */
const LIMIT = 256 * 1_048_576

/** The whole of a file the user named; `-` is standard input. Throws NvError naming the file and what to do. */
export function readInput(context: Context, path: string): Uint8Array {
  try {
    const bytes = path === '-' ? context.io.readStdin(LIMIT) : context.io.files.read(path, LIMIT)
    if (bytes.length <= LIMIT) return bytes
  } catch (error) {
    throw fileError(error, path, 'read')
  }
  throw new NvError({
    errno: 'EFBIG',
    code: 'invalid-file',
    at: 'read',
    message: `${path} has more than ${LIMIT / 1_048_576} MiB`,
    object: path,
  })
}

/** Creates or replaces a file; a crash leaves the old one or the new one. */
export function writeOutput(context: Context, path: string, bytes: Uint8Array): void {
  try {
    context.io.files.write(path, bytes)
  } catch (error) {
    throw fileError(error, path, 'write')
  }
}

const CAUSES: Readonly<Record<string, { errno: ErrnoName; code: RefusalCode; words: string }>> = {
  ENOENT: { errno: 'ENOENT', code: 'not-found', words: 'does not exist' },
  ENOTDIR: { errno: 'ENOTDIR', code: 'not-found', words: 'has a part that is no directory' },
  EISDIR: { errno: 'EISDIR', code: 'invalid-file', words: 'is a directory' },
  EACCES: { errno: 'EACCES', code: 'permission', words: 'may not be opened' },
  EPERM: { errno: 'EPERM', code: 'permission', words: 'may not be opened' },
  EROFS: { errno: 'EROFS', code: 'io-error', words: 'is on a read-only file system' },
  ENOSPC: { errno: 'ENOSPC', code: 'disk-full', words: 'does not fit on its file system' },
}

/** The refusal behind an error of a file operation; anything else as it is. */
export function fileError(error: unknown, path: string, at: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const known = CAUSES[String(error.code)]
  const { errno, code, words } = known ?? { errno: 'EIO', code: 'io-error', words: `failed: ${error.message}` }
  const hint = code === 'permission' || code === 'not-found' ? `ls -ld ${path}` : undefined
  return new NvError({
    errno,
    code,
    at,
    message: `${path} ${words}`,
    object: path,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}
