import type { Io } from '../app/io.ts'
import { AT_COMMAND_LINE } from '../app/usage.ts'
import { isErrnoName } from '../errors/errno.ts'
import { ERRNO_MEANING } from '../errors/errno-numbers.ts'
import { NvError } from '../errors/nv-error.ts'
import { oneLine } from '../errors/printable.ts'
import { REFUSALS } from '../errors/refusal.ts'
import { contention } from '../store/retry.ts'
import { Rollback } from '../store/rollback.ts'
import { forHost } from './hint.ts'
import { NOUNS } from './nouns.ts'
import { wantsJson } from './settings.ts'

/** Status of a bug, after sysexits.h EX_SOFTWARE. */
const BUG_STATUS = 70

/** Whether an error is a bug, not a refusal. */
export function isBug(error: unknown): boolean {
  return refusalOf(error) === null
}

/**
 * Prints an error on standard error and returns the exit status. Only this function does so. `outer` is the command
 * line that names the host, if that is another one.
 */
export function report(error: unknown, argv: readonly string[], io: Io, outer = argv): number {
  const path = commandPath(argv)
  const known = refusalOf(error)
  return known === null ? reportBug(error, path, argv, io) : reportRefusal(known, path, argv, io, outer)
}

/** A transaction was left on purpose, but its caller did not handle it: it has lost too many races. */
function refusalOf(error: unknown): NvError | null {
  if (error instanceof NvError) return error
  return error instanceof Rollback ? contention('', error) : systemFailure(error)
}

function reportRefusal(
  error: NvError,
  path: string,
  argv: readonly string[],
  io: Io,
  outer: readonly string[],
): number {
  const status = error.status ?? REFUSALS[error.code].status
  const plain =
    error.hint ?? (error.code === 'syntax' ? ['nvgpu', path, '--help'].filter(Boolean).join(' ') : undefined)
  const hint = plain === undefined ? undefined : forHost(outer, plain)
  if (wantsJson(argv, io.env)) {
    const { code, errno, at, object, message } = error
    const facts = { schema: 1, kind: 'error', code, errno, at, object, message, hint, status }
    io.stderr.data(`${JSON.stringify(facts, null, 2)}\n`)
    return status
  }
  const at = error.at === AT_COMMAND_LINE || isSaidBy(path, error.at) ? '' : `${error.at}: `
  const where = path === '' ? '' : `${path}: `
  io.stderr.write(printable(`nvgpu: ${where}${at}${error.message} (${error.errno}) [${error.code}]`))
  if (hint !== undefined) io.stderr.write(printable(`hint: ${hint}`))
  return status
}

/** Whether the command's name already gives the place, to avoid `vgpu create: vgpu create:`. */
function isSaidBy(path: string, at: string): boolean {
  return path === at || path.startsWith(`${at} `)
}

/**
 * A failed system call is not a bug: a full disk behind standard output (earlier changes are on disk), or an unreadable
 * file of the program itself.
 */
function systemFailure(error: unknown): NvError | null {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return null
  const errno = isErrnoName(error.code) ? error.code : 'EIO'
  const at = String(error.syscall)
  const why = ERRNO_MEANING[errno]
  if (at === 'write') {
    const message = `standard output could not be written: ${why}`
    return new NvError({ errno, code: 'io-error', at, message, cause: error })
  }
  if (at === 'uv_cwd') {
    const message = 'the working directory does not exist any more'
    return new NvError({ errno, code: 'not-found', at: AT_COMMAND_LINE, message, hint: 'cd', cause: error })
  }
  const object = 'path' in error && typeof error.path === 'string' ? error.path : ''
  const message = `${object || 'a file that the program needs'} could not be used: ${why}`
  return new NvError({ errno, code: 'io-error', at, message, hint: 'dmesg | tail', object, cause: error })
}

function reportBug(error: unknown, path: string, argv: readonly string[], io: Io): number {
  const message = `internal error: ${error instanceof Error ? error.message : String(error)}; please report`
  if (wantsJson(argv, io.env)) {
    const facts = { schema: 1, kind: 'error', code: 'internal', message, status: BUG_STATUS }
    io.stderr.data(`${JSON.stringify(facts, null, 2)}\n`)
  } else io.stderr.write(printable(`nvgpu: ${path === '' ? '' : `${path}: `}${message}`))
  if (io.env.NVGPU_DEBUG && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`)
  return BUG_STATUS
}

/** Limit of characters in a line: quoted input may have megabytes. */
const LONGEST_LINE = 4_096

/** One line; control and invisible characters in quoted input are escaped. */
function printable(whole: string): string {
  const half = LONGEST_LINE / 2
  const line = whole.length <= LONGEST_LINE ? whole : `${whole.slice(0, half)} ... ${whole.slice(-half)}`
  return `${oneLine(line)}\n`
}

/** The probable noun and verb of argv, for the beginning of the message. */
function commandPath(argv: readonly string[]): string {
  const at = argv.findIndex((word) => word !== '' && Object.hasOwn(NOUNS, word))
  const noun = argv[at]
  if (noun === undefined) return ''
  const verb = argv[at + 1]
  return verb !== undefined && VERBED.has(noun) && /^[a-z][a-z-]*$/.test(verb) ? `${noun} ${verb}` : noun
}

/** Nouns whose next word is a verb. */
const VERBED = new Set(
  Object.keys(NOUNS).filter(
    (noun) =>
      ![
        '',
        'migrate',
        'run',
        'run-server',
        'serve',
        'apply',
        'batch',
        'diff',
        'assert',
        'export',
        'schema',
        'capacity',
        'fit',
        'whatif',
        'query',
        'smi',
        'mdevctl',
        'sriov-manage',
        'watch',
        'dmon',
        'pmon',
        'metrics',
        'wait',
        'undo',
        'rollback',
        'explain',
        'completion',
        '__complete',
      ].includes(noun),
  ),
)
