import os from 'node:os'
import { ERRNO } from '../../errors/errno-numbers.ts'
import { NvError } from '../../errors/nv-error.ts'
import { fuse_in_header } from './protocol.ts'

/** The answer to a request: an error number, a payload, `later` (another thread answers), or none at all. */
export type Answer = number | Uint8Array | 'later' | 'none'

/** A request of the kernel. */
export interface Request {
  readonly opcode: number
  readonly unique: bigint
  readonly nodeid: number
  /** The message; the body begins at `BODY`. */
  readonly message: Buffer
  readonly view: DataView
}

/** Most bytes of a write request. */
export const MAX_WRITE = 65_536
/** Where the body of a message begins. */
export const BODY = fuse_in_header.size
/** Where the number of a request is in its header. */
const UNIQUE = 8

/** Undefined for a message that is too short to be answered. */
export function requestIn(message: Buffer): Request | undefined {
  if (message.length < BODY) return undefined
  const view = new DataView(message.buffer, message.byteOffset, message.length)
  const { opcode, nodeid } = fuse_in_header.read(view, 0)
  return { opcode, unique: view.getBigUint64(UNIQUE, true), nodeid, message, view }
}

/** An answer that ends the work on a request. */
export class Errno extends Error {
  readonly number: number

  constructor(number: number) {
    super(`errno ${number}`)
    this.number = number
  }
}

/** A name in a message, up to its NUL. */
export function nameIn(message: Buffer, start: number): string {
  const end = message.indexOf(0, start)
  if (end < 0) throw new Errno(os.constants.errno.EINVAL)
  return message.toString('utf8', start, end)
}

/** The error number of a refusal; undefined for any other error. */
export function errorNumber(error: unknown): number | undefined {
  if (error instanceof Errno) return error.number
  if (error instanceof NvError) return ERRNO[error.errno]
  return error instanceof RangeError ? os.constants.errno.EINVAL : undefined
}
