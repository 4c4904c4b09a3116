import { NVML_RETURN, type NvmlReturn } from '../abi/nvml/return.ts'
import { NvError } from '../errors/nv-error.ts'
import type { RefusalCode } from '../errors/refusal.ts'

/** Ends a call with a return code. Only INSUFFICIENT_SIZE writes anything: the size that is needed. */
export class NvmlError extends Error {
  readonly code: NvmlReturn

  constructor(code: NvmlReturn) {
    super(code)
    this.code = code
  }
}

export function numberOf(code: NvmlReturn): number {
  return NVML_RETURN[code][0]
}

const BY_CODE: Readonly<Partial<Record<RefusalCode, NvmlReturn>>> = {
  busy: 'IN_USE',
  contention: 'IN_USE',
  unsupported: 'NOT_SUPPORTED',
  'profile-limit': 'NOT_SUPPORTED',
  permission: 'NO_PERMISSION',
  'not-found': 'NOT_FOUND',
  'invalid-argument': 'INVALID_ARGUMENT',
  'no-device': 'GPU_NOT_FOUND',
  'wrong-state': 'INVALID_ARGUMENT',
}
const BY_ERRNO: Readonly<Record<string, NvmlReturn>> = {
  EPERM: 'NO_PERMISSION',
  EACCES: 'NO_PERMISSION',
  EBUSY: 'IN_USE',
  EINVAL: 'INVALID_ARGUMENT',
  ENODEV: 'NOT_SUPPORTED',
  EOPNOTSUPP: 'NOT_SUPPORTED',
  ENOSPC: 'INSUFFICIENT_RESOURCES',
}

/**
 * The return code of an error; UNKNOWN for an error that is none of the model.
 * @param busy the code of a setter that a vGPU prevents
 */
export function returnOf(error: unknown, busy: NvmlReturn = 'IN_USE'): NvmlReturn {
  if (error instanceof NvmlError) return error.code
  if (!(error instanceof NvError)) return 'UNKNOWN'
  const code = BY_CODE[error.code] ?? BY_ERRNO[error.errno] ?? 'UNKNOWN'
  return code === 'IN_USE' ? busy : code
}
