import { spawn } from 'node:child_process'
import { bundle } from './bundle.ts'
import type { FuzzReport } from './fuzz.ts'
import type { Amount, Result } from './part.ts'

/** Inputs of one process: what a later one needs, no earlier one can have used up. */
const SHARE = 20_000
/** MiB of V8's heap: a process that needs more dies, and that is a failure. */
const HEAP = 512

/** Bad input in this program's own functions, many thousand times a minute. */
export async function badInput({ seed, rounds = 1_000_000, milliseconds }: Amount): Promise<Result> {
  return spread('in-process', Number.isFinite(rounds) ? rounds : 1_000_000, { seed, milliseconds })
}

/** The same as processes of their own, as a user starts them. */
export async function badCommands({ seed, rounds = 1_000, milliseconds }: Amount): Promise<Result> {
  return spread('processes', Number.isFinite(rounds) ? rounds : 1_000, { seed, milliseconds })
}

interface Span {
  readonly seed: number
  readonly milliseconds: number | undefined
}

async function spread(how: 'in-process' | 'processes', rounds: number, { seed, milliseconds }: Span): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const worker = await bundle('fuzz-worker.ts')
  const statuses: Record<string, number> = {}
  const failures: string[] = []
  let inputs = 0
  let slowest = ''
  let peak = 0
  for (let from = seed; inputs < rounds && Date.now() < end && failures.length === 0; from += SHARE) {
    const words = [from, Math.min(SHARE, rounds - inputs), Math.min(end - Date.now(), 2 ** 31), how]
    const report = await work(worker, words.map(String))
    if (typeof report === 'string') {
      failures.push(`--seed ${from}: ${report}`)
      break
    }
    inputs += report.inputs
    peak = Math.max(peak, report.peak)
    if (Number.parseInt(report.slowest, 10) > (Number.parseInt(slowest, 10) || 0)) slowest = report.slowest
    for (const [status, count] of Object.entries(report.statuses)) statuses[status] = (statuses[status] ?? 0) + count
    const { failure } = report
    if (failure) failures.push(`--seed ${failure.seed}: ${failure.message}`)
  }
  const ends = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`)
  return { counts: `${inputs} inputs; statuses ${ends.join(', ')}; slowest ${slowest}; peak ${peak} MiB`, failures }
}

async function work(worker: string, words: readonly string[]): Promise<FuzzReport | string> {
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP}`, worker, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, complaint] = ['', '']
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  child.stderr.on('data', (chunk) => {
    complaint = (complaint + String(chunk)).slice(-2000)
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  return code === 0 ? JSON.parse(output) : `it ended with status ${code}: ${complaint}`
}
