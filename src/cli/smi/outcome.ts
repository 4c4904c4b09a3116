import { NvError } from '../../errors/nv-error.ts'
import type { RefusalCode } from '../../errors/refusal.ts'
import { Rollback } from '../../store/rollback.ts'

/** Exit statuses of nvidia-smi (its manual of release 550); 19 and 23 are NVML's, passed on unchanged. */
export const SMI_STATUS = {
  ok: 0,
  invalidArgument: 2,
  notAvailable: 3,
  noPermission: 4,
  notFound: 6,
  noDriver: 9,
  inUse: 19,
  insufficientResources: 23,
  other: 255,
} as const

/** Ends nvidia-smi with an error message, which it prints on standard output. */
export class SmiExit extends Rollback {
  readonly text: string
  readonly status: number

  constructor(text: string, status: number) {
    super(text)
    this.text = text
    this.status = status
  }
}

/** A thing that no simulated GPU has. The sentence is ours. */
export function notSupported(what: string, gpus: readonly { readonly busId: string }[]): SmiExit {
  const text = gpus.map(({ busId }) => `${what} for GPU ${busId}: Not Supported\n`).join('')
  return new SmiExit(text, SMI_STATUS.notAvailable)
}

const BY_CODE: Readonly<Partial<Record<RefusalCode, readonly [words: string, status: number]>>> = {
  busy: ['In use by another client', SMI_STATUS.inUse],
  contention: ['In use by another client', SMI_STATUS.inUse],
  unsupported: ['Not Supported', SMI_STATUS.notAvailable],
  'profile-limit': ['Not Supported', SMI_STATUS.notAvailable],
  'no-instance': ['Insufficient Resources', SMI_STATUS.insufficientResources],
  permission: ['Insufficient Permissions', SMI_STATUS.noPermission],
  'not-found': ['Not Found', SMI_STATUS.notFound],
  'invalid-argument': ['Invalid Argument', SMI_STATUS.invalidArgument],
}

/** Refusals of the firmware have a code of their own. */
const BY_ERRNO: Readonly<Record<string, readonly [words: string, status: number]>> = {
  EINVAL: ['Invalid Argument', SMI_STATUS.invalidArgument],
}

/** A refusal of the model in NVML's words, with nvidia-smi's status; other errors pass. */
export function nvmlError(error: unknown): { readonly words: string; readonly status: number } {
  if (!(error instanceof NvError)) throw error
  const [words, status] = BY_CODE[error.code] ?? BY_ERRNO[error.errno] ?? [error.message, SMI_STATUS.other]
  return { words, status }
}
