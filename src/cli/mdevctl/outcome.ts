import { ERRNO } from '../../errors/errno-numbers.ts'
import type { NvError } from '../../errors/nv-error.ts'

/** The end of a run of mdevctl before its answer: a text for standard error, and its status. */
export class MdevctlExit extends Error {
  readonly status: 1 | 2

  constructor(text: string, status: 1 | 2) {
    super(text)
    this.status = status
  }
}

/** An error at run time: status 1. `cause` is the errno behind it, printed as mdevctl prints it. */
export function failed(message: string, cause?: NvError): MdevctlExit {
  const behind = cause === undefined ? '' : `\n\nCaused by:\n    ${strerror(cause)} (os error ${ERRNO[cause.errno]})`
  return new MdevctlExit(`Error: ${message}${behind}\n`, 1)
}

/** The C library's texts of the errors that sysfs files give here. */
function strerror({ errno, message }: NvError): string {
  return TEXTS[errno] ?? message
}

const TEXTS: Readonly<Record<string, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  EIO: 'Input/output error',
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  ENODEV: 'No such device',
  EISDIR: 'Is a directory',
  ENOTDIR: 'Not a directory',
  EINVAL: 'Invalid argument',
}
