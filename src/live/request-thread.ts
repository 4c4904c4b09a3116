import { parentPort } from 'node:worker_threads'
import type { SysfsNode } from '../engine/sysfs/node.ts'
import { Channel } from './fuse/channel.ts'
import { type ChangeRequest, ENTRY_SECONDS, type Host } from './fuse/host.ts'
import { MAX_WRITE } from './fuse/request.ts'
import { Session } from './fuse/session.ts'
import { HostTree } from './host-tree.ts'
import { promiseOf } from './kept-names.ts'
import type { MachineEntries } from './machine.ts'
import { Promises } from './promises.ts'

/** Input of the thread that answers requests. */
export interface ThreadInput {
  readonly fd: number
  readonly stateDir: string
  readonly machine: MachineEntries
  readonly memory: SharedArrayBuffer
}

/** Messages to the main thread: a change to carry out, many expired promises. */
export type ThreadMessage = { readonly kind: 'change'; readonly request: ChangeRequest } | { readonly kind: 'crowded' }

/** Answers requests until the file system is unmounted. Reads block this thread, so it does nothing else. */
export async function answerRequests(): Promise<void> {
  const input = await new Promise<ThreadInput>((resolve) => parentPort?.once('message', resolve))
  const channel = new Channel(input.fd)
  const host = new ThreadHost(input)
  const session = new Session(host)
  // A request to write has the largest body; the header of the message comes before it.
  const buffer = Buffer.alloc(MAX_WRITE + 4096)
  for (;;) {
    const message = channel.read(buffer)
    if (message === undefined) break
    host.begin()
    const { unique, answer } = session.answer(message)
    if (answer === 'none' || answer === 'later') continue
    if (typeof answer === 'number') channel.reply(unique, answer)
    else channel.reply(unique, 0, answer)
  }
}

/** Pause between two requests to drop expired promises, in milliseconds. */
const TRIM_PAUSE = 200

class ThreadHost implements Host {
  readonly #tree: HostTree
  readonly #promises: Promises
  #generation = 0
  #trimmed = 0

  constructor({ stateDir, machine, memory }: ThreadInput) {
    this.#tree = new HostTree(stateDir, machine)
    this.#promises = new Promises(memory)
  }

  get root() {
    return this.#tree.root
  }

  get version() {
    return this.#tree.version
  }

  begin(): void {
    this.#generation = this.#promises.generation
  }

  refresh(): void {
    this.#tree.refresh()
  }

  change(request: ChangeRequest): void {
    post({ kind: 'change', request })
  }

  bug(error: unknown): void {
    if (process.env.NVGPU_DEBUG) console.error(error)
  }

  promise(parent: number, path: readonly string[], node: SysfsNode): boolean {
    const now = Date.now()
    if (this.#promises.crowded && now - this.#trimmed > TRIM_PAUSE) {
      this.#trimmed = now
      post({ kind: 'crowded' })
    }
    const noted = this.#promises.note(parent, promiseOf(path, node), now + ENTRY_SECONDS * 1000)
    return noted && this.#promises.generation === this.#generation
  }
}

function post(message: ThreadMessage): void {
  parentPort?.postMessage(message)
}
