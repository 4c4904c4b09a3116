import type { ErrnoName } from './errno.ts'

// Values of nvstatuscodes.h that the simulated firmware answers with.
export const NV_OK = 0x0
export const NV_ERR_IN_USE = 0x17
export const NV_ERR_INSUFFICIENT_RESOURCES = 0x1a
export const NV_ERR_INVALID_ARGUMENT = 0x1f
export const NV_ERR_INVALID_CLASS = 0x22
export const NV_ERR_INVALID_CLIENT = 0x23
export const NV_ERR_INVALID_COMMAND = 0x24
export const NV_ERR_INVALID_OBJECT = 0x31
export const NV_ERR_INVALID_OBJECT_HANDLE = 0x33
export const NV_ERR_INVALID_OBJECT_PARENT = 0x36
export const NV_ERR_INVALID_OPERATION = 0x38
export const NV_ERR_INVALID_PARAMETER = 0x3b
export const NV_ERR_INVALID_STATE = 0x40
export const NV_ERR_NO_MEMORY = 0x51
export const NV_ERR_NOT_READY = 0x55
export const NV_ERR_NOT_SUPPORTED = 0x56
export const NV_ERR_OBJECT_NOT_FOUND = 0x57
export const NV_ERR_RESET_REQUIRED = 0x62
export const NV_ERR_STATE_IN_USE = 0x63
export const NV_ERR_TIMEOUT = 0x65
export const NV_ERR_TIMEOUT_RETRY = 0x66
export const NV_ERR_GENERIC = 0xffff

const STATUS: Readonly<Record<string, number>> = {
  NV_OK,
  NV_ERR_IN_USE,
  NV_ERR_INSUFFICIENT_RESOURCES,
  NV_ERR_INVALID_ARGUMENT,
  NV_ERR_INVALID_CLASS,
  NV_ERR_INVALID_CLIENT,
  NV_ERR_INVALID_COMMAND,
  NV_ERR_INVALID_OBJECT,
  NV_ERR_INVALID_OBJECT_HANDLE,
  NV_ERR_INVALID_OBJECT_PARENT,
  NV_ERR_INVALID_OPERATION,
  NV_ERR_INVALID_PARAMETER,
  NV_ERR_INVALID_STATE,
  NV_ERR_NO_MEMORY,
  NV_ERR_NOT_READY,
  NV_ERR_NOT_SUPPORTED,
  NV_ERR_OBJECT_NOT_FOUND,
  NV_ERR_RESET_REQUIRED,
  NV_ERR_STATE_IN_USE,
  NV_ERR_TIMEOUT,
  NV_ERR_TIMEOUT_RETRY,
  NV_ERR_GENERIC,
}

let names: ReadonlyMap<number, string> | undefined

function statusNames(): ReadonlyMap<number, string> {
  names ??= new Map(Object.entries(STATUS).map(([name, status]) => [status, name]))
  return names
}

/** The name of an RM status, or `NV_STATUS 0x…` for one that is not in the table. */
export function statusName(status: number): string {
  return statusNames().get(status) ?? `NV_STATUS 0x${status.toString(16)}`
}

/** The number of a status by its name, in any case. */
export function statusByName(name: string): number | undefined {
  const wanted = name.toUpperCase()
  for (const [status, known] of statusNames()) if (known === wanted) return status
  return undefined
}

/**
 * The errno that nvkm returns for the status of an RM alloc or control reply: three values keep their meaning, every
 * other failure, known or not, is EINVAL. `null` is success.
 */
export function statusToErrno(status: number): ErrnoName | null {
  switch (status) {
    case NV_OK:
      return null
    case NV_ERR_NOT_READY:
    case NV_ERR_TIMEOUT_RETRY:
      return 'EBUSY'
    case NV_ERR_NO_MEMORY:
      return 'ENOMEM'
    default:
      return 'EINVAL'
  }
}

/** The errno for the status of a control on GPU and compute instances, whose callers tell these cases apart. `null` is success. */
export function partitionErrno(status: number): ErrnoName | null {
  switch (status) {
    case NV_ERR_INSUFFICIENT_RESOURCES:
      return 'ENOSPC'
    case NV_ERR_STATE_IN_USE:
    case NV_ERR_IN_USE:
      return 'EBUSY'
    case NV_ERR_NOT_SUPPORTED:
      return 'EOPNOTSUPP'
    case NV_ERR_OBJECT_NOT_FOUND:
      return 'ENODEV'
    default:
      return statusToErrno(status)
  }
}
