import { spawn } from 'node:child_process'
import { bundle, type Substitution } from './bundle.ts'

/**
 * The log ends at 1 KiB instead of 24 in long runs of the simulated disk: the protocol is the same, and a checkpoint, where
 * most can go wrong, is met every few changes.
 * So is a file of operation ids, which otherwise takes a thousand changes.
 */
const LAYOUT = 'src/store/disk/layout.ts'
const SMALL: readonly Substitution[] = [
  { file: LAYOUT, from: 'LOG_LIMIT = 24 * 1024', to: 'LOG_LIMIT = 1024' },
  { file: LAYOUT, from: 'RECENT_IDS = 1024', to: 'RECENT_IDS = 6' },
]

export interface RunReport {
  readonly rounds: number
  readonly cuts: number
  readonly kills: number
  readonly interleaved: number
  /** the first round that went wrong */
  readonly failure?: { readonly seed: number; readonly message: string }
}

export interface Span {
  /** seed of the first round; the next has the next number */
  readonly seed: number
  readonly rounds: number
  readonly milliseconds?: number
}

/** What runs on the simulated disk: the store alone, the store while bits turn, and whole commands that write for a user. */
export type DiskKind = 'disk' | 'rot' | 'output'

/** The simulated disk as a program, with faults put in. */
export async function diskProgram(faults: readonly Substitution[] = [], kind: DiskKind = 'disk'): Promise<string> {
  if (kind === 'output') return bundle('output-rounds.ts', faults, 'model-fs.ts')
  return bundle(kind === 'disk' ? 'disk-rounds.ts' : 'rot-rounds.ts', [...SMALL, ...faults])
}

/** Runs rounds in one process. */
export async function runRounds(program: string, { seed, rounds, milliseconds }: Span): Promise<RunReport> {
  const args = [program, seed, rounds, ...(milliseconds === undefined ? [] : [milliseconds])].map(String)
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += String(chunk)
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`rounds from seed ${seed} on ended with status ${code}`)
  return JSON.parse(output)
}

/** Runs rounds in `workers` processes at once, and adds up what they did. */
export async function runSpread(program: string, span: Span, workers = 2): Promise<RunReport> {
  const share = Math.ceil(span.rounds / workers)
  const parts = await Promise.all(
    Array.from({ length: workers }, (_, worker) =>
      runRounds(program, { ...span, seed: span.seed + worker * share, rounds: share }),
    ),
  )
  const sum = (of: (part: RunReport) => number) => parts.reduce((total, part) => total + of(part), 0)
  const failure = parts.find((part) => part.failure)?.failure
  return {
    rounds: sum((part) => part.rounds),
    cuts: sum((part) => part.cuts),
    kills: sum((part) => part.kills),
    interleaved: sum((part) => part.interleaved),
    ...(failure ? { failure } : {}),
  }
}
