import type { Context } from '../app/context.ts'
import { ResidentHost } from '../app/resident.ts'
import type { HostState } from '../engine/state.ts'
import { write } from '../engine/sysfs/sysfs.ts'
import { NvError } from '../errors/nv-error.ts'
import type { Channel } from './fuse/channel.ts'
import { fuse_write_out } from './fuse/protocol.ts'
import { errorNumber, type WriteRequest } from './fuse/session.ts'

/** Longest value in the history, in characters. */
const LONGEST_VALUE = 256

/** Carries out writes, each as one transaction, and answers it when the change is on the disk. */
export class Writes {
  readonly #host: ResidentHost
  readonly #channel: Channel
  readonly #changed: () => void
  #queue: WriteRequest[] = []
  #busy = false

  /** @param changed is called after a change and before its answer */
  constructor(context: Context, channel: Channel, changed: () => void) {
    this.#host = new ResidentHost(context)
    this.#channel = channel
    this.#changed = changed
  }

  add(request: WriteRequest): void {
    this.#queue.push(request)
    if (!this.#busy) setImmediate(() => void this.#run())
    this.#busy = true
  }

  async #run(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#carryOut(next)
    this.#busy = false
  }

  async #carryOut(request: WriteRequest): Promise<void> {
    try {
      const size = await this.#host.change(commandOf(request), (state) => carryOut(state, request))
      this.#changed()
      this.#channel.reply(request.unique, 0, fuse_write_out.encode({ size }))
    } catch (error) {
      this.#changed()
      this.#channel.reply(request.unique, errorNumber(error))
    }
  }
}

/** A file that is gone by now is no device. */
function carryOut(state: HostState, { path, offset, bytes }: WriteRequest): number {
  try {
    return write(state, `/${path.join('/')}`, bytes, offset)
  } catch (error) {
    throw error instanceof NvError && error.at === 'kernfs' && error.errno === 'ENOENT' ? gone(error) : error
  }
}

/** The command line that makes the same change. */
function commandOf({ path, bytes }: WriteRequest): string[] {
  const value = Buffer.from(bytes).toString('latin1').replace(/\n$/, '')
  const isText = /^[\x20-\x7e]*$/.test(value) && value.length <= LONGEST_VALUE
  return ['sysfs', 'write', `/${path.join('/')}`, isText ? value : `(${bytes.length} bytes)`]
}

function gone({ message, object, hint }: NvError): NvError {
  return new NvError({
    errno: 'ENODEV',
    code: 'no-device',
    at: 'kernfs',
    message,
    object: object ?? '',
    hint: hint ?? '',
  })
}
