import { openSync } from 'node:fs'
import type { Worker } from 'node:worker_threads'
import type { Context } from '../app/context.ts'
import { readHost } from '../app/transaction.ts'
import { NvError } from '../errors/nv-error.ts'
import { guardNamespaces } from './guard.ts'
import { readMachine } from './machine.ts'
import { makeNamespace } from './mounts.ts'
import type { Report } from './run.ts'
import { Server } from './server.ts'

/** A library that programs in the namespace load, with its server. */
export interface ServedLibrary {
  /** The directory for LD_LIBRARY_PATH. */
  readonly dir: string
  close(): Promise<void>
}

/** What a run has beside the kernel's files. */
export interface RunParts {
  /** Listeners of this network namespace learn of devices that come and go. */
  readonly uevents: boolean
  /** Starts the server of NVIDIA's library; undefined on a processor without one. */
  startLibrary(): Promise<ServedLibrary | undefined>
}

/**
 * Serves a host in a mount namespace of its own until the last process of the namespace ends. Prints a report first; the
 * end of standard input lets the namespace go.
 */
export async function runServer(context: Context, thread: Worker, parts: RunParts): Promise<void> {
  const report = (line: Report) => context.io.stdout.data(`${JSON.stringify(line)}\n`)
  let starting: Promise<ServedLibrary | undefined> | undefined
  try {
    // A state that cannot be read is refused before anything is mounted.
    await readHost(context, () => undefined)
    const machine = readMachine()
    const { announcer, warning } = parts.uevents ? await openAnnouncer(context) : {}
    const fd = openSync('/dev/fuse', 'r+')
    const server = new Server(context, fd, () => announcer?.announce())
    const ended = server.start(thread, machine)
    const making = Promise.race([makeNamespace(fd, machine), ended])
    starting = parts.startLibrary()
    const [namespace, library] = await Promise.all([making, starting])
    if (typeof namespace === 'string') throw noThread()
    const guard = guardNamespaces(namespace.device, library?.dir)
    report({ pid: namespace.pid, library: library?.dir, warning })
    process.stdin.on('end', namespace.release).on('error', namespace.release).resume()
    guard.settle(await ended)
    await server.close()
    await library?.close()
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    const { errno, code, message, hint } = error
    report({ errno, code, message, hint })
    await (await starting?.catch(() => undefined))?.close()
    // A thread that waits for a request cannot be ended otherwise.
    process.kill(process.pid, 'SIGKILL')
  }
}

function noThread(): NvError {
  const message = 'the thread that answers the kernel has ended'
  return new NvError({ errno: 'EIO', code: 'io-error', at: 'run', message, hint: 'NVGPU_DEBUG=1 nvgpu run -- CMD' })
}

async function openAnnouncer(context: Context) {
  const { Announcer } = await import('./uevent/announcer.ts')
  try {
    return { announcer: Announcer.open(context) }
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    return { warning: `listeners of udev learn of no change: ${error.message}${error.hint ? ` (${error.hint})` : ''}` }
  }
}
