import type { ErrnoName } from '../errors/errno.ts'
import type { RefusalCode } from '../errors/nv-error.ts'
import { NvError } from '../errors/nv-error.ts'
import { shellQuote } from '../errors/shell-quote.ts'

interface Cause {
  readonly errno: ErrnoName
  readonly code: RefusalCode
  readonly words: string
  /** the command to type next; PATH is the file */
  readonly hint: string
}

const LOOK = 'ls -ld PATH'
const CAUSES: Readonly<Record<string, Cause>> = {
  ENOENT: { errno: 'ENOENT', code: 'not-found', words: 'does not exist', hint: LOOK },
  ENOTDIR: { errno: 'ENOTDIR', code: 'not-found', words: 'has a part that is not a directory', hint: LOOK },
  EISDIR: { errno: 'EISDIR', code: 'invalid-file', words: 'is a directory', hint: LOOK },
  ELOOP: {
    errno: 'ELOOP',
    code: 'not-found',
    words: 'is a symbolic link that leads to itself',
    hint: LOOK,
  },
  EACCES: { errno: 'EACCES', code: 'permission', words: 'may not be opened', hint: LOOK },
  EPERM: { errno: 'EPERM', code: 'permission', words: 'may not be opened', hint: LOOK },
  EROFS: { errno: 'EROFS', code: 'io-error', words: 'is on a read-only file system', hint: 'findmnt -T PATH' },
  ENOSPC: { errno: 'ENOSPC', code: 'disk-full', words: 'does not fit on its file system', hint: 'df -h PATH' },
  EMFILE: { errno: 'EMFILE', code: 'io-error', words: 'is one file too many for this process', hint: 'ulimit -n' },
  EIO: { errno: 'EIO', code: 'io-error', words: 'is on a device that failed', hint: 'dmesg | tail' },
}

/** Turns an error of a file operation into a refusal; returns other errors unchanged. */
export function fileError(error: unknown, path: string, at: string): unknown {
  if (error instanceof NvError || !(error instanceof Error) || !('code' in error)) return error
  const { errno, code, words, hint } = CAUSES[String(error.code)] ?? {
    errno: 'EIO' as const,
    code: 'io-error' as const,
    words: `failed: ${error.message}`,
    hint: LOOK,
  }
  return new NvError({
    errno,
    code,
    at,
    message: `${path} ${words}`,
    object: path,
    cause: error,
    hint: hint.replace('PATH', () => shellQuote(path)),
  })
}
