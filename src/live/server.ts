import { closeSync, openSync, watch } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Context } from '../app/context.ts'
import { Channel } from './fuse/channel.ts'
import type { MachineEntries } from './machine.ts'
import { Promises } from './promises.ts'
import type { ThreadInput, ThreadMessage } from './request-thread.ts'
import { Writes } from './writes.ts'

/** A file system that is served: requests by a thread of their own, writes and invalidation by this one. */
export class Server {
  readonly fd: number
  readonly #context: Context
  readonly #channel: Channel
  readonly #promises = new Promises()
  #watching = false

  /** Opens /dev/fuse. @throws the error of open(2) */
  constructor(context: Context) {
    this.#context = context
    this.fd = openSync('/dev/fuse', 'r+')
    this.#channel = new Channel(this.fd)
  }

  /**
   * Starts to answer requests; the file system may be mounted before or after.
   * @param program the file of this program, which the thread runs with `words`
   * @param part the part of the world that is the root; all of it if empty
   * @returns resolves when the file system is unmounted
   */
  start(program: string, words: readonly string[], machine: MachineEntries, part = ''): Promise<void> {
    const writes = new Writes(this.#context, this.#channel, () => this.#changed())
    const { stateDir } = this.#context.settings
    const workerData: ThreadInput = { fd: this.fd, stateDir, machine, part, memory: this.#promises.memory }
    const thread = new Worker(program, { argv: [...words], workerData })
    this.#watch()
    return new Promise((resolve, reject) => {
      thread.on('message', (message: ThreadMessage) => {
        if (message.kind === 'write') writes.add(message.request)
        else if (message.kind === 'crowded') this.#promises.trim(Date.now())
        else {
          closeSync(this.fd)
          resolve()
        }
      })
      thread.on('error', reject)
    })
  }

  /** The kernel asks again for every name that it may still keep. */
  #changed(): void {
    for (const { parent, name } of this.#promises.takeAll(Date.now())) this.#channel.expire(parent, name)
    this.#watch()
  }

  /** Other processes append to the log, too. The directory may be created by the first change. */
  #watch(): void {
    if (this.#watching) return
    try {
      const watcher = watch(this.#context.settings.stateDir, { persistent: false }, () => this.#changed())
      watcher.on('error', () => {
        this.#watching = false
      })
      this.#watching = true
    } catch {
      this.#watching = false
    }
  }
}
