import os from 'node:os'
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
    while (this.#queue.length > 0) await this.#carryOut(this.#queue.splice(0))
    this.#busy = false
  }

  /** Writes that wait at the same time share one sync. Each is answered after it. */
  async #carryOut(group: readonly WriteRequest[]): Promise<void> {
    const answers: (() => void)[] = []
    for (const request of group) {
      const { unique } = request
      try {
        const size = await this.#host.change(commandOf(request), (state) => carryOut(state, request))
        answers.push(() => this.#channel.reply(unique, 0, fuse_write_out.encode({ size })))
      } catch (error) {
        answers.push(() => this.#channel.reply(unique, numberOf(error)))
      }
    }
    const failure = this.#failureOfSync()
    this.#changed()
    for (const answer of answers) if (failure === undefined) answer()
    if (failure !== undefined) for (const { unique } of group) this.#channel.reply(unique, failure)
  }

  #failureOfSync(): number | undefined {
    try {
      this.#host.sync()
      return undefined
    } catch (error) {
      return numberOf(error)
    }
  }
}

/** The error number of a failed write; a bug is EIO. */
function numberOf(error: unknown): number {
  const number = errorNumber(error)
  if (number === undefined && process.env.NVGPU_DEBUG) console.error(error)
  return number ?? os.constants.errno.EIO
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
