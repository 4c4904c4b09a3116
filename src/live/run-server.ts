import type { Context } from '../app/context.ts'
import { NvError } from '../errors/nv-error.ts'
import { readMachine } from './machine.ts'
import { makeNamespace } from './mounts.ts'
import type { Report } from './run.ts'
import { Server } from './server.ts'

/**
 * Serves a host in a mount namespace of its own until the last process of the namespace ends. Prints a report first; the
 * end of standard input lets the namespace go.
 */
export async function runServer(context: Context, program: string): Promise<void> {
  const report = (line: Report) => context.io.stdout.data(`${JSON.stringify(line)}\n`)
  try {
    const machine = readMachine()
    const server = new Server(context)
    const unmounted = server.start(program, ['run-server', '--state-dir', context.settings.stateDir], machine)
    const namespace = await makeNamespace(server.fd, machine)
    report({ pid: namespace.pid })
    process.stdin.on('end', namespace.release).on('error', namespace.release).resume()
    await unmounted
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    const { errno, code, message, hint } = error
    report({ errno, code, message, hint })
    // A thread that waits for a request cannot be ended otherwise.
    process.kill(process.pid, 'SIGKILL')
  }
}
