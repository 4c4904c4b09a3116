import type { ErrnoName } from '../../errors/errno.ts'
import { NvError, type RefusalCode } from '../../errors/nv-error.ts'

/** An error about a place in a document. */
export function refusal(at: string, errno: ErrnoName, code: RefusalCode, message: string, hint?: string): NvError {
  return new NvError({
    errno,
    code,
    at: 'apply',
    message: `${at}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** Runs an act that a place in a document asks for. An error names that place. */
export function blaming<R>(at: string, act: () => R): R {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    const { errno, code, message, hint, object } = error
    throw new NvError({
      errno,
      code,
      at: error.at,
      message: `${at}: ${message}`,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
      ...(object === undefined ? {} : { object }),
    })
  }
}
