import { readSync, write, writeSync } from 'node:fs'
import { fuse_notify_inval_entry_out, fuse_out_header, NOTIFY_INVAL_ENTRY } from './protocol.ts'

/** Bytes of the largest message: a read of as much as the kernel asks for at once. */
const LARGEST = (1 << 20) + 4096
/** Only marks the entry as not to be trusted: what is mounted below it stays (FUSE_EXPIRE_ONLY). */
const EXPIRE_ONLY = 1

/** The descriptor of /dev/fuse. Any thread may write to it, each message in one write. */
export class Channel {
  readonly #fd: number
  readonly #out = Buffer.alloc(LARGEST)
  readonly #view = new DataView(this.#out.buffer, this.#out.byteOffset, LARGEST)

  constructor(fd: number) {
    this.#fd = fd
  }

  /** Waits for a request; undefined when the file system is unmounted. Before it is mounted, this waits as well. */
  read(buffer: Buffer): Buffer | undefined {
    for (;;) {
      try {
        return buffer.subarray(0, readSync(this.#fd, buffer, 0, buffer.length, null))
      } catch (error) {
        const code = codeOf(error)
        if (code === 'ENODEV') return undefined
        if (code === 'EPERM') pause(1)
        // ENOENT: the request was interrupted.
        else if (code !== 'EINTR' && code !== 'EAGAIN' && code !== 'ENOENT') throw error
      }
    }
  }

  /** Answers a request: with the payload, or with a positive error number. */
  reply(unique: bigint, error: number, payload: Uint8Array = NOTHING): void {
    this.#send(-error >>> 0, unique, payload)
  }

  /**
   * Makes the kernel ask again for a name that it keeps. The kernel waits until nobody looks up another name in the
   * directory, and cannot be interrupted: a thread of the pool writes it, so that this one can always be ended.
   */
  expire(parent: number, name: string): Promise<void> {
    const bytes = Buffer.from(`${name}\0`)
    const body = fuse_notify_inval_entry_out.encode({ parent, namelen: bytes.length - 1, flags: EXPIRE_ONLY })
    const len = fuse_out_header.size + body.length + bytes.length
    const header = fuse_out_header.encode({ len, error: NOTIFY_INVAL_ENTRY, unique: 0n })
    return new Promise((resolve, reject) =>
      write(this.#fd, Buffer.concat([header, body, bytes]), (error) =>
        error === null || isIgnored(error) ? resolve() : reject(error),
      ),
    )
  }

  #send(error: number, unique: bigint, payload: Uint8Array): void {
    const len = fuse_out_header.size + payload.length
    fuse_out_header.write(this.#view, 0, { len, error, unique })
    this.#out.set(payload, fuse_out_header.size)
    try {
      writeSync(this.#fd, this.#out, 0, len)
    } catch (error) {
      if (!isIgnored(error)) throw error
    }
  }
}

const NOTHING = new Uint8Array()
const IGNORED = ['ENOENT', 'ENODEV', 'EPERM', 'ENOTDIR', 'EINVAL', 'ENOTEMPTY']

/** The kernel wants no message any more: it interrupted the request, has dropped the name, or has unmounted the files. */
function isIgnored(error: unknown): boolean {
  return IGNORED.includes(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}
