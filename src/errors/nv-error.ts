import type { ErrnoName } from './errno.ts'
import type { RefusalCode } from './refusal.ts'

export type { RefusalCode } from './refusal.ts'

/** The facts of a refusal. */
export interface Refused {
  /** the kernel function's return value, without the sign */
  readonly errno: ErrnoName
  /** the stable string that scripts read and that decides the exit status */
  readonly code: RefusalCode
  /** the kernel function that refused, as in `nvkm_vgpu_mgr alloc_chids` */
  readonly at: string
  /** one sentence without a full stop: the refused request, its object and the reason */
  readonly message: string
  /** the command to type next */
  readonly hint?: string
  /** the address, identifier or path concerned */
  readonly object?: string
  /** the exit status, where it is not that of the code */
  readonly status?: number
  readonly cause?: unknown
}

/** An error for the user. Any other thrown error is a bug. */
export class NvError extends Error {
  readonly errno: ErrnoName
  readonly code: RefusalCode
  readonly at: string
  readonly hint: string | undefined
  readonly object: string | undefined
  readonly status: number | undefined

  constructor(facts: Refused) {
    super(facts.message, 'cause' in facts ? { cause: facts.cause } : undefined)
    this.name = 'NvError'
    this.errno = facts.errno
    this.code = facts.code
    this.at = facts.at
    this.hint = facts.hint
    this.object = facts.object
    this.status = facts.status
  }
}
