import { isErrnoName } from '../../errors/errno.ts'
import { NvError, type RefusalCode } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'

/** The errno name of the error of a file operation, such as `ENOENT`; undefined for any other value. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A file of the state directory that is not what it should be. `problem` continues the sentence after its name. */
export function damaged(dir: string, name: string, problem: string, cause?: unknown): NvError {
  return new NvError({
    errno: 'EUCLEAN',
    code: 'corrupt',
    at: 'store load',
    message: `${dir}/${name} ${problem}`,
    hint: 'nvgpu host fsck --repair',
    object: `${dir}/${name}`,
    ...(cause === undefined ? {} : { cause }),
  })
}

/**
 * What a failed file operation means to a user. `at` is the step of the store. Anything that no file operation threw,
 * an NvError included, comes back as it is.
 */
export function refusal(error: unknown, at: string, dir: string): unknown {
  const errno = errnoOf(error)
  if (errno === undefined || !(error instanceof Error)) return error
  const path = 'path' in error && typeof error.path === 'string' ? error.path : dir
  const call = 'syscall' in error ? String(error.syscall) : 'file operation'
  const { code, text, hint } = (errno === 'ENOENT' && call !== 'mkdir' ? GONE : MEANING[errno]) ?? OTHER
  return new NvError({
    errno: isErrnoName(errno) ? errno : 'EIO',
    code,
    at,
    // an errno we have no name for stands as EIO at the end of the line: then the text says which it was
    message: `${call} ${path}: ${text}${errno in MEANING || isErrnoName(errno) ? '' : ` (${errno})`}`,
    ...(hint === undefined ? {} : { hint: hint.replace('DIR', () => shellQuote(dir)) }),
    object: path,
    cause: error,
  })
}

interface Meaning {
  readonly code: RefusalCode
  readonly text: string
  readonly hint?: string
}

const FULL = { code: 'disk-full', hint: 'df -h DIR' } as const
/** What the store looks for and does not find, where it should be: only a directory that it makes is new. */
const GONE: Meaning = { code: 'corrupt', text: 'it should be there and is not', hint: 'nvgpu host fsck --repair' }
const OTHER: Meaning = { code: 'io-error', text: 'the operation failed' }

const MEANING: Readonly<Record<string, Meaning>> = {
  ENOSPC: { ...FULL, text: 'no space left; nothing was changed' },
  EDQUOT: { ...FULL, text: 'the disk quota is used up; nothing was changed', hint: 'quota -s' },
  EFBIG: {
    ...FULL,
    text: 'the file would be larger than this process may write; nothing was changed',
    hint: 'ulimit -f',
  },
  EACCES: { code: 'permission', text: 'not permitted', hint: 'ls -la DIR' },
  EPERM: { code: 'permission', text: 'not permitted', hint: 'ls -la DIR' },
  EROFS: { code: 'permission', text: 'the file system is mounted read-only', hint: 'findmnt -T DIR' },
  ELOOP: { code: 'permission', text: 'it is a symbolic link, and those are not followed here', hint: 'ls -la DIR' },
  ENOENT: { code: 'invalid-argument', text: 'a directory cannot be made there', hint: 'ls -ld "$(dirname DIR)"' },
  ENOTDIR: { code: 'invalid-argument', text: 'part of the path is not a directory' },
  ENAMETOOLONG: { code: 'invalid-argument', text: 'the path is too long' },
  EMFILE: { code: 'io-error', text: 'too many files are open in this process', hint: 'ulimit -n' },
  ENFILE: { code: 'io-error', text: 'too many files are open on this machine' },
  ENOMEM: { code: 'io-error', text: 'the kernel is out of memory' },
  EIO: { code: 'io-error', text: 'the device failed', hint: 'dmesg | tail' },
}
