import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Store } from '../../src/store/store.ts'
import { bundle } from './bundle.ts'
import { imbalance, type Ledger, ledgerModel } from './ledger.ts'
import { disorder, type Seen } from './linear.ts'
import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'

/** Processes at once. */
const PROCESSES = 8

/**
 * Eight processes change one directory, each operation with an id of its own, and are killed at random and started again
 * where their last acknowledged operation was: none is lost, none made twice, and all that was seen has one order.
 */
export async function killStorm({ seed, rounds = 8_000, milliseconds }: Amount): Promise<Result> {
  const share = Math.ceil((Number.isFinite(rounds) ? rounds : 1_000_000) / PROCESSES)
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const random = seeded(seed)
  const scratch = mkdtempSync(join(tmpdir(), 'nvgpu-storm-'))
  const dir = join(scratch, 'state')
  try {
    const worker = await bundle('storm-worker.ts')
    const names = Array.from({ length: PROCESSES }, (_, index) => `p${index}`)
    const lives = await Promise.all(names.map((name) => live({ worker, dir, name, share, end, random })))
    const history = lives.flatMap(({ seen }) => seen)
    const kills = lives.reduce((sum, life) => sum + life.kills, 0)
    const failures = judge(dir, names, lives, share)
    const reads = history.filter(({ kind }) => kind === 'read').length
    const repeats = history.filter(({ kind }) => kind === 'repeat').length
    const changes = history.length - reads
    return {
      counts: `${changes} changes (${repeats} found done after a kill), ${reads} reads, ${kills} kills`,
      failures,
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

interface Task {
  readonly worker: string
  readonly dir: string
  readonly name: string
  readonly share: number
  readonly end: number
  readonly random: Random
}

interface Life {
  readonly seen: Seen[]
  acknowledged: number
  kills: number
}

async function live(task: Task): Promise<Life> {
  const life: Life = { seen: [], acknowledged: 0, kills: 0 }
  while (life.acknowledged < task.share && Date.now() < task.end) {
    const { worker, dir, name, share } = task
    const child = spawn(process.execPath, [worker, dir, name, life.acknowledged + 1, share].map(String), {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = new Promise<number | null>((finish) => child.on('close', (code) => finish(code)))
    let text = ''
    child.stdout.on('data', (chunk) => {
      text += String(chunk)
    })
    // A process that has not begun to write has nothing to lose: the clock runs from its first word.
    await Promise.race([new Promise((spoken) => child.stdout.once('data', spoken)), closed])
    await Promise.race([wait(20 + task.random.below(400), undefined, { ref: false }), closed])
    if (child.exitCode === null && child.kill('SIGKILL')) life.kills++
    const code = await closed
    read(text, name, life)
    if (code !== 0 && code !== null) throw new Error(`${name} ended with status ${code}`)
  }
  return life
}

/** Takes what a process has told; its last line may be cut. */
function read(text: string, name: string, life: Life): void {
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    const [kind, number = '', began = '', ended = '', order = ''] = line.split(' ')
    if (kind !== 'change' && kind !== 'repeat' && kind !== 'read') continue
    life.seen.push({ kind, process: name, began: BigInt(began), ended: BigInt(ended), order: Number(order) })
    if (kind !== 'read') life.acknowledged = Number(number)
  }
}

function judge(dir: string, names: readonly string[], lives: readonly Life[], share: number): string[] {
  const history = lives.flatMap(({ seen }) => seen)
  const ended = lives.every(({ acknowledged }) => acknowledged >= share)
  const store = Store.open<Ledger>({ dir, model: ledgerModel })
  const state = store.read()
  const failures: string[] = []
  const wrong = imbalance(state)
  if (wrong) failures.push(wrong)
  let unanswered = 0
  for (const [index, name] of names.entries()) {
    const done = state.done[name] ?? 0
    const { acknowledged = 0 } = lives[index] ?? {}
    // What was in flight when its time was up may be there: once. Nothing was if all have come to their end.
    if (done !== acknowledged && (ended || done !== acknowledged + 1)) {
      failures.push(`${name} was told of ${acknowledged} changes, ${done} are there`)
    }
    unanswered += done - acknowledged
  }
  const total = Object.values(state.done).reduce((sum, done) => sum + done, 0)
  const problems = disorder(history, total).filter((problem) => unanswered === 0 || !problem.includes('unknown'))
  failures.push(...problems.slice(0, 10))
  const report = store.fsck({ repair: false })
  if (!report.ok || report.seq !== total) failures.push(`fsck: ${JSON.stringify(report)}`)
  const ids = store.history().map(({ id }) => id)
  if (new Set(ids).size !== ids.length) failures.push('an operation is in history twice')
  return failures
}
