import { spawn } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../app/context.ts'
import { NvError } from '../errors/nv-error.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import { writeLibrary } from './install.ts'
import type { LibraryArchitecture } from './library/names.ts'
import { hasOtherUsers } from './other-users.ts'
import { type ExecOptions, serveNvml } from './server.ts'
import { SOCKET, temporaryDir } from './temporary.ts'

/** A library with a server of its own, for the programs of one command. */
export interface LibraryForCommand {
  /** The directory for LD_LIBRARY_PATH. */
  readonly dir: string
  /** Ends the server and removes the directory. */
  close(): Promise<void>
}

/** Every user may read the directory. */
const FOR_ALL = 0o755

/** Whether there is a library for this machine's processor. */
export function hasLibrary(): boolean {
  return process.arch === 'x64' || process.arch === 'arm64'
}

/** This machine's architecture, if there is a library for it. @throws NvError `unsupported` */
export function ownArchitecture(): LibraryArchitecture {
  if (process.arch === 'x64' || process.arch === 'arm64') return process.arch
  throw new NvError({
    errno: 'EOPNOTSUPP',
    code: 'unsupported',
    at: 'nvml',
    message: `there is no library for ${process.arch} processors`,
    hint: 'nvgpu nvml install --arch x64 DIR',
  })
}

/** Writes the library into a new directory and serves it from there, until `close`. */
export async function libraryForCommand(
  context: Context,
  release: string,
  options: ExecOptions,
): Promise<LibraryForCommand> {
  const architecture = ownArchitecture()
  const dir = await temporaryDir(context.io.env.XDG_RUNTIME_DIR)
  const remove = () => rmSync(dir, { recursive: true, force: true })
  try {
    const socket = join(dir, SOCKET)
    await writeLibrary(dir, { release, socket, architecture })
    const everyone = hasOtherUsers()
    if (everyone) chmodSync(dir, FOR_ALL)
    const server = await serveNvml(context, socket, { ...options, everyone })
    return {
      dir,
      close: async () => {
        await server.close()
        remove()
      },
    }
  } catch (error) {
    remove()
    throw error
  }
}

/** Runs a command that finds the library, and returns its exit status; 128 and the signal that ended it. */
export async function execWithLibrary(
  context: Context,
  release: string,
  command: readonly string[],
  options: ExecOptions,
): Promise<number> {
  const library = await libraryForCommand(context, release, options)
  try {
    const { LD_LIBRARY_PATH: before } = context.io.env
    const path = before === undefined || before === '' ? library.dir : `${library.dir}:${before}`
    return await statusOf(command, { ...context.io.env, LD_LIBRARY_PATH: path, NVGPU_NVML_SOCKET: undefined })
  } finally {
    await library.close()
  }
}

/** A signal for this process goes to the command, which decides. @throws NvError `not-found` for a command that is not there */
function statusOf(command: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [file = '', ...args] = command
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', env })
    const signals = ['SIGTERM', 'SIGHUP'] as const
    const forward = (signal: NodeJS.Signals) => void child.kill(signal)
    // The terminal sends SIGINT to the command as well.
    const ignore = () => {}
    process.on('SIGINT', ignore)
    for (const signal of signals) process.on(signal, forward)
    const done = () => {
      process.off('SIGINT', ignore)
      for (const signal of signals) process.off(signal, forward)
    }
    child.once('error', (error) => {
      done()
      reject(notStarted(file, error))
    })
    child.once('exit', (status, signal) => {
      done()
      resolve(status ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

function notStarted(file: string, cause: NodeJS.ErrnoException): NvError {
  const isThere = cause.code !== 'ENOENT'
  return new NvError({
    errno: isThere ? 'EACCES' : 'ENOENT',
    code: isThere ? 'permission' : 'not-found',
    at: 'nvml exec',
    message: isThere ? `'${file}' cannot be executed` : `there is no command '${file}'`,
    hint: `command -v ${shellQuote(file)}`,
    object: file,
    cause,
  })
}
