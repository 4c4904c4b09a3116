import { type ChildProcess, spawn } from 'node:child_process'
import { realpathSync } from 'node:fs'
import path from 'node:path'
import type { Context } from '../app/context.ts'
import { readHost } from '../app/transaction.ts'
import { isErrnoName } from '../errors/errno.ts'
import { NvError, type RefusalCode } from '../errors/nv-error.ts'
import { REFUSALS } from '../errors/refusal.ts'
import { runCommand, type Start } from './command.ts'
import { mayMount, noUserNamespace, requireFuse } from './privilege.ts'
import { requireStartable } from './startable.ts'

export interface RunOptions {
  /** uid 0 for the command */
  readonly root: boolean
  /** a network namespace of its own */
  readonly privateNet: boolean
  /** file of this program */
  readonly program: string
}

/** The first line of a server's output. */
export type Report =
  | Ready
  | { readonly errno: string; readonly code: string; readonly message: string; readonly hint: string | undefined }

/**
 * Runs a command for which /sys is the host.
 * @returns its exit status
 * @throws NvError permission, unsupported: the machine forbids it
 */
export async function runOnHost(context: Context, words: readonly string[], options: RunOptions): Promise<number> {
  requireFuse()
  const search = searchPath(options.program)
  requireStartable(words[0] ?? '', search)
  const cwd = process.cwd()
  const isPrivileged = mayMount()
  const stateDir = path.resolve(context.settings.stateDir)
  const server = startServer(stateDir, isPrivileged, options)
  // A state that cannot be read is refused in the terms of this user: the server has another view of uids.
  const [{ pid, library, warning }] = await Promise.all([
    ready(server, isPrivileged),
    readHost(context, () => undefined),
  ])
  if (warning !== undefined) context.io.stderr.write(`nvgpu: warning: ${warning}\n`)
  server.unref()
  return runCommand(startIn(pid, words, { ...options, isPrivileged, stateDir, library, cwd, search }))
}

/** nvidia-smi and sriov-manage answer for this host; mdevctl is the machine's own where it is installed. */
function searchPath(program: string): string {
  // An installed command is a link to the program.
  const bin = path.dirname(realpathSync(program))
  return [path.join(bin, 'host'), process.env.PATH ?? '', path.join(bin, 'behind')].join(':')
}

interface Place extends RunOptions {
  readonly isPrivileged: boolean
  readonly stateDir: string
  readonly cwd: string
  /** PATH of the command. */
  readonly search: string
  /** The directory of NVIDIA's library. */
  readonly library: string | undefined
}

/** A server that is ready. */
interface Ready {
  /** A process in its namespace. */
  readonly pid: number
  readonly library: string | undefined
  /** What cannot be had in it. */
  readonly warning: string | undefined
}

/**
 * Most MiB of a half of V8's young generation, of each thread. By itself V8 lets it grow to many times the size, in steps, and
 * hardly gives it back: a server that stays has no use for it.
 */
const SMALL_HEAP = '--max-semi-space-size=4'

/**
 * The server has a session of its own, so that keys on the terminal do not reach it. It lives as long as its namespace,
 * which this process holds by the server's standard input.
 */
function startServer(stateDir: string, isPrivileged: boolean, { program, privateNet }: RunOptions): ChildProcess {
  const own = [
    process.execPath,
    SMALL_HEAP,
    program,
    'run-server',
    '--state-dir',
    stateDir,
    ...(privateNet ? ['--uevents'] : []),
  ]
  const flags = [...(isPrivileged ? [] : ['-Ur']), ...(privateNet ? ['-n'] : [])]
  const [file = '', ...args] = flags.length === 0 ? own : ['unshare', ...flags, '--', ...own]
  const errors = process.env.NVGPU_DEBUG ? 'inherit' : 'pipe'
  return spawn(file, args, { stdio: ['pipe', 'pipe', errors], detached: true })
}

async function ready(server: ChildProcess, isPrivileged: boolean): Promise<Ready> {
  const errors: Buffer[] = []
  server.stderr?.on('data', (data: Buffer) => errors.push(data))
  const line = await new Promise<string>((resolve, reject) => {
    server.on('error', reject)
    server.stdout?.once('data', (data: Buffer) => resolve(data.toString()))
    server.on('close', () => resolve(''))
  })
  const said = Buffer.concat(errors).toString().trim().split('\n')[0] ?? ''
  if (line === '') throw said.startsWith('unshare') && !isPrivileged ? noUserNamespace(said) : noServer(said)
  for (const stream of [server.stdout]) stream?.destroy()
  const report: Report = JSON.parse(line)
  if ('pid' in report) return report
  throw new NvError({
    errno: isErrnoName(report.errno) ? report.errno : 'EIO',
    code: isRefusal(report.code) ? report.code : 'io-error',
    at: 'run',
    message: report.message,
    ...(report.hint === undefined ? {} : { hint: report.hint }),
  })
}

function isRefusal(code: string): code is RefusalCode {
  return Object.hasOwn(REFUSALS, code)
}

/** nsenter and unshare exec what follows them, so the command is a child of this process. */
function startIn(pid: number, words: readonly string[], place: Place): Start {
  const { isPrivileged, root, privateNet, stateDir, library, cwd, search } = place
  const into = ['-t', String(pid), ...(isPrivileged ? [] : ['-U', '--preserve-credentials']), '-m']
  const ids = [`--map-user=${process.geteuid?.()}`, `--map-group=${process.getegid?.()}`]
  const back = isPrivileged || root ? [] : ['unshare', '-U', ...ids, '--']
  const net = privateNet ? ['-n'] : []
  return {
    file: 'nsenter',
    args: [...into, ...net, `--wdns=${cwd}`, '--', ...back, ...words],
    env: {
      ...process.env,
      NVGPU_STATE_DIR: stateDir,
      PATH: search,
      // libudev refuses a /sys that is not sysfs.
      SYSTEMD_DEVICE_VERIFY_SYSFS: '0',
      ...(library === undefined ? {} : withLibrary(library)),
    },
  }
}

/** The loader finds the library first; it asks the server of this run. */
function withLibrary(dir: string): NodeJS.ProcessEnv {
  const { LD_LIBRARY_PATH: before } = process.env
  return { LD_LIBRARY_PATH: before ? `${dir}:${before}` : dir, NVGPU_NVML_SOCKET: undefined }
}

function noServer(said: string): NvError {
  return new NvError({
    errno: 'EIO',
    code: 'io-error',
    at: 'run',
    message: `the server ended before it was ready${said === '' ? '' : `: ${said}`}`,
    hint: 'nvgpu run --check',
  })
}
