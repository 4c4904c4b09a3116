import { closeSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import type { Context } from '../app/context.ts'
import { Changes } from './changes.ts'
import { Channel } from './fuse/channel.ts'
import { KeptNames } from './kept-names.ts'
import type { MachineEntries } from './machine.ts'
import { Promises } from './promises.ts'
import type { ThreadInput, ThreadMessage } from './request-thread.ts'
import { watchDirectory } from './watch-directory.ts'
import { worldOf } from './world.ts'

/** A file system that is served: requests by a thread of their own, writes and invalidation by this one. */
export class Server {
  readonly #fd: number
  readonly #context: Context
  readonly #channel: Channel
  readonly #promises = new Promises()
  readonly #names = new KeptNames(this.#promises)
  readonly #announce: () => void
  #expiring = Promise.resolve()

  /**
   * @param fd of /dev/fuse
   * @param announce is called after each change, whoever made it
   */
  constructor(context: Context, fd: number, announce: () => void = () => {}) {
    this.#context = context
    this.#announce = announce
    this.#fd = fd
    this.#channel = new Channel(fd)
  }

  /**
   * Starts to answer requests; the file system may be mounted before or after.
   * @param thread of `startThread`
   * @returns resolves when the file system is unmounted, or cannot be served any more; the descriptor has to be closed then
   */
  start(thread: Worker, machine: MachineEntries): Promise<'unmounted' | 'failed'> {
    const changes = new Changes(this.#context, this.#channel, {
      last: (state) => this.#names.compare(worldOf(state, machine)),
      all: (isOnly) => this.#changed(isOnly),
    })
    const { stateDir } = this.#context.settings
    const input: ThreadInput = { fd: this.#fd, stateDir, machine, memory: this.#promises.memory }
    thread.postMessage(input)
    watchDirectory(stateDir, () => {
      if (changes.hasNews()) void this.#changed(false)
    })
    return new Promise((resolve) => {
      thread.on('message', (message: ThreadMessage) => {
        if (message.kind === 'change') changes.add(message.request)
        else this.#promises.trim(Date.now())
      })
      thread.on('error', (error) => {
        if (process.env.NVGPU_DEBUG) console.error(error)
      })
      thread.on('exit', (status) => resolve(status === 0 ? 'unmounted' : 'failed'))
    })
  }

  /** Without the descriptor the kernel refuses every request. Nobody else writes to it by then. */
  async close(): Promise<void> {
    await this.#expiring
    closeSync(this.#fd)
  }

  /**
   * The kernel asks again for every name that it keeps and that may stand for something else now.
   * @returns resolves when it knows
   */
  #changed(isOnly: boolean): Promise<void> {
    const expired = this.#names.take(isOnly).map(({ parent, name }) => this.#channel.expire(parent, name))
    // Names that an earlier change has taken must have expired, too.
    this.#expiring = Promise.all([this.#expiring, ...expired]).then(() => {})
    this.#announce()
    return this.#expiring
  }
}
