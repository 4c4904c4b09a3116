import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Store } from '../../src/store/store.ts'
import { bundle, type Substitution } from './bundle.ts'
import { imbalance, type Ledger, ledgerModel } from './ledger.ts'
import { MUTANTS } from './mutants.ts'
import type { Amount, Result } from './part.ts'
import { type Random, seeded } from './random.ts'

const WRITERS = ['p0', 'p1', 'p2', 'p3']
/** Cuts in which a store that does not sync has to lose something, or this test could not see a loss. */
const CONTROLS = 40

/**
 * Power cuts of a real ext4. Its device is a file on a file system that can copy a file in one instant; the copy, taken
 * while four processes write, is what a disk would hold had the power gone then. It is mounted, so that the kernel replays
 * its journal, and has to have every change acknowledged before the copy.
 */
export async function powerCuts({ seed, rounds = 15, milliseconds }: Amount): Promise<Result> {
  const skipped = whyNoPower()
  if (skipped) return { counts: '', failures: [], skipped }
  const random = seeded(seed)
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const real = await cutRepeatedly(random, { most: rounds, end, faults: [] })
  const noSync = MUTANTS.find(({ name }) => name === 'no-commit-sync')?.substitutions ?? []
  const control = await cutRepeatedly(random, { most: CONTROLS, end: end + 20_000, faults: noSync, untilLoss: true })
  const failures = real.losses
  const counts = `${real.cuts} cuts, ${real.acknowledged} changes acknowledged before them; control: ${control.losses.length} losses in ${control.cuts} cuts`
  if (failures.length > 0 || control.losses.length > 0) return { counts, failures }
  return { counts, failures, skipped: `${counts}: this disk loses nothing at all, so that the cuts show nothing` }
}

/** Why the power cannot be cut here, or undefined if it can. */
export function whyNoPower(): string | undefined {
  if (process.geteuid?.() !== 0) return 'mounting needs root'
  if (!existsSync('/dev/loop-control')) return 'there are no loop devices'
  for (const tool of ['mkfs.btrfs', 'mkfs.ext4', 'mount']) {
    if (spawnSync('which', [tool]).status !== 0) return `${tool} is not installed`
  }
  const disks = new Disks()
  try {
    return disks.mount()
  } finally {
    disks.dispose()
  }
}

interface Cuts {
  cuts: number
  acknowledged: number
  losses: string[]
}

interface Plan {
  readonly most: number
  readonly end: number
  readonly faults: readonly Substitution[]
  readonly untilLoss?: boolean
}

async function cutRepeatedly(random: Random, { most, end, faults, untilLoss }: Plan): Promise<Cuts> {
  const worker = await bundle('storm-worker.ts', faults)
  const disks = new Disks()
  const result: Cuts = { cuts: 0, acknowledged: 0, losses: [] }
  const problem = disks.mount()
  if (problem) throw new Error(problem)
  const writers = WRITERS.map((name) => new Writer(worker, join(disks.live, 'state'), name))
  try {
    await Promise.all(writers.map((writer) => writer.begun))
    while (result.cuts < most && Date.now() < end && !(untilLoss && result.losses.length)) {
      await wait(20 + random.below(150))
      const told = new Map(writers.map(({ name, acknowledged }) => [name, acknowledged]))
      result.losses.push(...disks.cut((dir) => losses(dir, told)).map((loss) => `cut ${result.cuts + 1}: ${loss}`))
      result.cuts++
      result.acknowledged = [...told.values()].reduce((sum, count) => sum + count, 0)
    }
    return result
  } finally {
    await Promise.all(writers.map((writer) => writer.kill()))
    disks.dispose()
  }
}

function losses(dir: string, told: ReadonlyMap<string, number>): string[] {
  try {
    const store = Store.open<Ledger>({ dir: join(dir, 'state'), model: ledgerModel })
    const state = store.read()
    const lost = [...told].flatMap(([name, count]) => {
      const done = state.done[name] ?? 0
      return done < count ? [`${name} was told of ${count} changes, ${done} are left`] : []
    })
    const wrong = imbalance(state)
    const { ok, findings } = store.fsck({ repair: false })
    return [...lost, ...(wrong ? [wrong] : []), ...(ok ? [] : [JSON.stringify(findings)])]
  } catch (error) {
    return [`it does not load: ${String(error)}`]
  }
}

/** A process that changes without end, and what it has acknowledged. */
class Writer {
  readonly name: string
  readonly begun: Promise<unknown>
  acknowledged = 0
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown>

  constructor(worker: string, dir: string, name: string) {
    this.name = name
    this.#child = spawn(process.execPath, [worker, dir, name, '1', '1000000000'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#closed = new Promise((finish) => this.#child.on('close', finish))
    this.begun = Promise.race([new Promise((spoken) => this.#child.stdout?.once('data', spoken)), this.#closed])
    let rest = ''
    this.#child.stdout?.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      const last = lines.findLast((line) => line.startsWith('change '))
      if (last) this.acknowledged = Number(last.split(' ')[1])
    })
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#closed
  }
}

/** An ext4 in a file on a btrfs in a file, and copies of it. */
export class Disks {
  readonly #root = mkdtempSync(join(tmpdir(), 'nvgpu-power-'))
  readonly #mounted: string[] = []
  readonly live = join(this.#root, 'live')

  /** Answers why it cannot be done, if it cannot. */
  mount(): string | undefined {
    const [outer, image, folder] = ['outer.img', 'outer/disk.img', 'outer'].map((name) => join(this.#root, name))
    if (!outer || !image || !folder) return undefined
    return (
      run('truncate', '-s', '512M', outer) ??
      run('mkfs.btrfs', '-q', outer) ??
      this.#mount(outer, folder) ??
      run('truncate', '-s', '48M', image) ??
      run('mkfs.ext4', '-q', '-F', image) ??
      this.#mount(image, this.live)
    )
  }

  /** Cuts the power, as it were, and shows what is left after the journal is replayed. */
  cut<T>(look: (dir: string) => T): T {
    const copy = join(this.#root, 'outer/cut.img')
    const after = join(this.#root, 'after')
    try {
      const problem =
        run('cp', '--reflink=always', join(this.#root, 'outer/disk.img'), copy) ?? this.#mount(copy, after)
      if (problem) throw new Error(problem)
      return look(after)
    } finally {
      this.#unmount(after)
      rmSync(copy, { force: true })
    }
  }

  dispose(): void {
    for (const folder of [...this.#mounted].reverse()) this.#unmount(folder)
    rmSync(this.#root, { recursive: true, force: true })
  }

  #mount(image: string, folder: string): string | undefined {
    mkdirSync(folder, { recursive: true })
    const problem = run('mount', '-o', 'loop', image, folder)
    if (!problem) this.#mounted.push(folder)
    return problem
  }

  #unmount(folder: string): void {
    const at = this.#mounted.indexOf(folder)
    if (at < 0) return
    const problem = run('umount', folder)
    if (problem) throw new Error(problem)
    this.#mounted.splice(at, 1)
  }
}

function run(program: string, ...args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (error) return error.message
  return status === 0 ? undefined : `${program}: ${stderr.trim()}`
}
