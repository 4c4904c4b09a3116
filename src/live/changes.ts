import os from 'node:os'
import type { Context } from '../app/context.ts'
import { ResidentHost } from '../app/resident.ts'
import type { HostState } from '../engine/state.ts'
import { carryOut, commandOf } from './carry-out.ts'
import type { Channel } from './fuse/channel.ts'
import type { ChangeRequest } from './fuse/host.ts'
import { fuse_write_out } from './fuse/protocol.ts'
import { errorNumber } from './fuse/request.ts'

/** Is told of changes. */
interface Made {
  /** The host after the last change of a group, before it is committed. The change may be made again after a lost race. */
  last(state: HostState): void
  /** A group is on the disk, and answered after this. @param isOnly nobody else has changed anything, and none was refused */
  all(isOnly: boolean): Promise<void>
}

/** Carries out writes and removals, each as one transaction, and answers it when the change is on the disk. */
export class Changes {
  readonly #host: ResidentHost
  readonly #channel: Channel
  readonly #made: Made
  #queue: ChangeRequest[] = []
  #busy = false

  constructor(context: Context, channel: Channel, made: Made) {
    this.#host = new ResidentHost(context)
    this.#channel = channel
    this.#made = made
  }

  /** Whether somebody else has changed the host since the last change here, or may have. */
  hasNews(): boolean {
    return this.#host.hasNews()
  }

  add(request: ChangeRequest): void {
    this.#queue.push(request)
    if (!this.#busy) setImmediate(() => void this.#run())
    this.#busy = true
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) await this.#carryOut(this.#queue.splice(0))
    this.#busy = false
  }

  /** Changes that wait at the same time share one sync. Each is answered after it. */
  async #carryOut(group: readonly ChangeRequest[]): Promise<void> {
    const answers: (() => void)[] = []
    let isOnly = true
    for (const request of group) {
      const { unique, write } = request
      const isLast = request === group.at(-1)
      try {
        const size = await this.#host.change(commandOf(request), (state) => {
          const written = carryOut(state, request)
          if (isLast) this.#made.last(state)
          return written
        })
        isOnly &&= this.#host.isContinued
        const payload = write === null ? undefined : fuse_write_out.encode({ size })
        answers.push(() => this.#channel.reply(unique, 0, payload))
      } catch (error) {
        isOnly = false
        answers.push(() => this.#channel.reply(unique, numberOf(error)))
      }
    }
    const failure = this.#failureOfSync()
    await this.#made.all(isOnly)
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

/** The error number of a failed change; a bug is EIO. */
function numberOf(error: unknown): number {
  const number = errorNumber(error)
  if (number === undefined && process.env.NVGPU_DEBUG) console.error(error)
  return number ?? os.constants.errno.EIO
}
