import type { Context } from '../app/context.ts'
import { NvError } from '../errors/nv-error.ts'
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

/**
 * Serves a host in a mount namespace of its own until the last process of the namespace ends. Prints a report first; the
 * end of standard input lets the namespace go.
 * @param startLibrary starts the server of NVIDIA's library; undefined on a processor without one
 */
export async function runServer(
  context: Context,
  program: string,
  startLibrary: () => Promise<ServedLibrary | undefined>,
): Promise<void> {
  const report = (line: Report) => context.io.stdout.data(`${JSON.stringify(line)}\n`)
  let library: ServedLibrary | undefined
  try {
    const machine = readMachine()
    const server = new Server(context)
    const unmounted = server.start(program, ['run-server', '--state-dir', context.settings.stateDir], machine)
    const namespace = await makeNamespace(server.fd, machine)
    library = await startLibrary()
    report({ pid: namespace.pid, library: library?.dir })
    process.stdin.on('end', namespace.release).on('error', namespace.release).resume()
    await unmounted
    await library?.close()
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    const { errno, code, message, hint } = error
    report({ errno, code, message, hint })
    await library?.close()
    // A thread that waits for a request cannot be ended otherwise.
    process.kill(process.pid, 'SIGKILL')
  }
}
