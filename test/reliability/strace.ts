import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stateOf, words } from './stage.ts'

/** The system calls by which a process can touch files. */
const CALLS =
  'openat,read,pread64,write,pwrite64,fsync,fdatasync,rename,unlink,close,getdents64,mkdir,statx,statfs,chmod,fchmod,exit_group'

/** One system call of a command that concerns the state. */
export interface Point {
  readonly call: string
  /** the how-manieth of this call in the process, from 1: what strace counts */
  readonly number: number
  /** what it is about, without what differs from run to run */
  readonly subject: string
}

export interface Ending {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Why nothing can be traced here, or undefined if it can. */
export function whyNoStrace(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (error) return 'strace is not installed'
  return status === 0 ? undefined : `strace may not trace here: ${stderr.trim()}`
}

/** The calls of a command that touch its files or say that it is done, in their order. */
export async function recordPoints(place: string, line: string): Promise<{ points: Point[]; ending: Ending }> {
  const { ending, trace } = await traced(place, line, [])
  const counts = new Map<string, number>()
  const points: Point[] = []
  for (const row of trace.split('\n')) {
    const call = /^(\w+)\(/.exec(row)?.[1]
    if (call === undefined) continue
    const number = (counts.get(call) ?? 0) + 1
    counts.set(call, number)
    const subject = subjectOf(row, place)
    if (subject !== undefined) points.push({ call, number, subject })
  }
  return { points, ending }
}

/**
 * Runs a command and tampers with one of its system calls: `signal=KILL` (on entering it) or `error=EIO`. `hit` is what the
 * call was about in this run: it should be the point's subject.
 */
export async function tamper(
  place: string,
  line: string,
  { call, number }: Point,
  how: string,
): Promise<{ ending: Ending; hit: string | undefined }> {
  const { ending, trace } = await traced(place, line, ['-e', `inject=${call}:${how}:when=${number}`])
  const rows = trace.split('\n').filter((row) => row.startsWith(`${call}(`))
  return { ending, hit: subjectOf(rows[number - 1] ?? '', place) }
}

async function traced(place: string, line: string, inject: string[]): Promise<{ ending: Ending; trace: string }> {
  const file = join(place, 'trace')
  // Without -f only the main thread is traced, and it is the one on which all state is touched.
  const args = ['-o', file, '-y', '-s', '0', '-e', `trace=${CALLS}`, ...inject, '--']
  const ending = await ended(
    'strace',
    [...args, process.execPath, resolve('bin/nvgpu.cjs'), ...words(place, line)],
    place,
  )
  return { ending, trace: readFileSync(file, 'latin1') }
}

/** Runs a program with a scene's state directory to its end. */
export async function ended(program: string, args: readonly string[], place: string): Promise<Ending> {
  // Without a code cache every run of a command makes the same system calls.
  const env = { PATH: process.env.PATH, HOME: place, XDG_CACHE_HOME: '/dev/null', NVGPU_STATE_DIR: stateOf(place) }
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  return new Promise((finish, fail) => {
    child.on('error', fail)
    child.on('close', (status, signal) => finish({ status, signal, stdout, stderr }))
  })
}

/** `state/log.0.jsonl`, `stdout`, `exit`; undefined for a call that is not about the command's work. */
function subjectOf(row: string, place: string): string | undefined {
  if (row.startsWith('exit_group(')) return 'exit'
  if (row.startsWith('write(1<')) return 'stdout'
  const at = row.indexOf(`${place}/`)
  if (at < 0) return undefined
  const name = /^[\w./@-]*/.exec(row.slice(at + place.length + 1))?.[0]
  // Temporary files are named after the process, here and where a command writes for its user.
  return name?.replace(/\d+-\d+$/, '#').replace(/\.\d+\.tmp$/, '.#.tmp')
}
