import { AlreadyDone } from '../../src/store/already-done.ts'
import { LOG_LIMIT } from '../../src/store/disk/layout.ts'
import type { Model } from '../../src/store/model.ts'
import { Store } from '../../src/store/store.ts'
import { count, imbalance, type Ledger, ledgerModel, passedOver, WRITERS, type Writer, wideModel } from './ledger.ts'
import { type End, Ended, Machine, Process } from './machine.ts'
import { ModelDisk } from './model-disk.ts'
import { type Random, seeded } from './random.ts'

const DIR = '/state'
/** Power cuts in a round. */
const CUTS = 3
/** Every so many rounds there are many GPUs, and files of words by which they are found. */
const WIDE = 5

/** What a round did, to show that it did something. */
export interface RoundTally {
  cuts: number
  kills: number
  /** whole changes of one process between two file operations of another */
  interleaved: number
}

export const newTally = (): RoundTally => ({ cuts: 0, kills: 0, interleaved: 0 })

/**
 * One life of a state directory on the model disk: two writers, one running in the gaps of the other, kills and three power
 * cuts. After each cut: it loads, adds up, has every acknowledged change and none twice, and goes on. All of it follows
 * from the seed. Throws what went wrong.
 */
export function diskRound(seed: number, tally: RoundTally): void {
  const random = seeded(seed)
  const machine = new Machine(random.pick(templates(seed % WIDE === 0)).clone())
  const round = new Round(machine, random, tally)
  for (let cut = 0; cut < CUTS; cut++) {
    round.runUntilCut()
    machine.disk = machine.disk.cut(random)
    machine.dark = false
    tally.cuts++
    round.verify()
  }
}

/** What one writer was told, and what it has asked for. */
interface Account {
  acknowledged: number
  /** asked for and not answered: may be there or not, once */
  pending: boolean
}

class Round {
  readonly #machine: Machine
  readonly #random: Random
  readonly #tally: RoundTally
  readonly #accounts: Record<Writer, Account>

  constructor(machine: Machine, random: Random, tally: RoundTally) {
    this.#machine = machine
    this.#random = random
    this.#tally = tally
    const { done } = Store.open<Ledger>({
      dir: DIR,
      model: ledgerModel,
      files: new Process(machine, random),
      uid: 0,
    }).read()
    this.#accounts = {
      a: { acknowledged: done.a ?? 0, pending: false },
      b: { acknowledged: done.b ?? 0, pending: false },
    }
  }

  /** Processes follow one another, each killed at some point, until the power goes in the middle of one. */
  runUntilCut(): void {
    for (;;) {
      const process = new Process(this.#machine, this.#random, this.#end(this.#random.chance(0.6)))
      const rate = this.#random.pick([0, 0.02, 0.1])
      process.gap = () => {
        if (this.#random.chance(rate)) this.#interleave()
      }
      const store = this.#open(process)
      try {
        for (let step = 0; step < 4; step++) this.#step(store, 'a')
        // It has come to the end of its life before its end came: cut the power in peace.
        this.#machine.dark = true
      } catch (error) {
        if (!(error instanceof Ended)) throw error
      }
      if (this.#machine.dark) return
      this.#tally.kills++
    }
  }

  /** Anywhere; or where it matters most: in or right after an operation that changes what is on disk. */
  #end(power: boolean): End {
    const where = this.#random.below(4)
    if (where > 1) return { at: 1 + this.#random.below(this.#random.pick([8, 30, 80])), power }
    const at = 1 + this.#random.below(4)
    const call = this.#random.pick(['write', 'write', 'rename', 'fsync', 'fdatasync', 'unlink', 'open'] as const)
    return where === 0 ? { at, power, on: call } : { at, power, after: call }
  }

  /** Looks at what the power cut left, and makes the two writers whole again. */
  verify(): void {
    const store = this.#open(new Process(this.#machine, this.#random))
    const state = store.read()
    const wrong = imbalance(state) ?? this.#passedOver(state)
    if (wrong) throw new Error(wrong)
    for (const writer of WRITERS) {
      const { acknowledged, pending } = this.#accounts[writer]
      const done = state.done[writer] ?? 0
      const most = acknowledged + (pending ? 1 : 0)
      if (done < acknowledged) throw new Error(`${writer} was told of ${acknowledged} changes, ${done} are left`)
      if (done > most) throw new Error(`${writer} asked for ${most} changes, ${done} were made`)
    }
    if (this.#random.chance(0.1)) this.#verifyFiles(store)
  }

  /** Looks the GPUs up in a state of which none has been looked at, for those would be found in any case. */
  #passedOver(state: Ledger): string | undefined {
    const store = this.#open(new Process(this.#machine, this.#random))
    store.read()
    return passedOver(state, (words) => [...(store.finder?.candidates(words) ?? [])])
  }

  #verifyFiles(store: Store<Ledger>): void {
    const report = store.fsck({ repair: false })
    if (!report.ok) throw new Error(`fsck: ${JSON.stringify(report.findings)}`)
    const ids = store.history().map(({ id }) => id)
    if (new Set(ids).size < ids.length) throw new Error('an operation is in history twice')
  }

  /** Whole changes of the other writer, which may itself be killed in one, or lose the power. */
  #interleave(): void {
    // Some of the time only half-written records come in, which bring the end of the log near and change nothing.
    if (this.#random.chance(0.1)) {
      for (let times = 0; times < 3; times++) this.#stepOf('b', { at: 1, power: false, on: 'write' }, LOG_LIMIT)
    }
    do {
      this.#stepOf('b', this.#random.chance(0.25) ? this.#end(this.#random.chance(0.2)) : undefined)
    } while (!this.#machine.dark && this.#random.chance(0.3))
  }

  /** A step in a process of its own. */
  #stepOf(writer: Writer, end: End | undefined, words = this.#words()): void {
    this.#tally.interleaved++
    try {
      this.#step(this.#open(new Process(this.#machine, this.#random, end)), writer, words)
    } catch (error) {
      if (!(error instanceof Ended)) throw error
    }
  }

  /** Length of a command line. Long ones fill the log, so that checkpoints are never far. */
  #words(): number {
    return this.#random.chance(0.25) ? this.#random.below(LOG_LIMIT) : this.#random.below(300)
  }

  /** One operation, or the one that was not answered once more: with the same id it must not count twice. */
  #step(store: Store<Ledger>, writer: Writer, words = this.#words()): void {
    const account = this.#accounts[writer]
    if (this.#random.chance(0.1)) store.read()
    const number = account.acknowledged + 1
    account.pending = true
    try {
      const operation = { id: `${writer}-${number}`, time: '', command: 'x'.repeat(words) }
      store.transact(operation, count(writer, number))
    } catch (error) {
      if (!(error instanceof AlreadyDone)) throw error
    }
    account.acknowledged = number
    account.pending = false
  }

  #open(files: Process): Store<Ledger> {
    return Store.open<Ledger>({ dir: DIR, model: ledgerModel, files, uid: 0 })
  }
}

let narrow: ModelDisk[] | undefined
let wide: ModelDisk[] | undefined

/** Directories of several ages: none yet, one log, one just before its checkpoint, and old enough for tidying up. */
function templates(many: boolean): readonly ModelDisk[] {
  if (!many) {
    narrow ??= [0, 3, 9, 42, 50].map((changes) => template(changes, ledgerModel))
    return narrow
  }
  wide ??= [1, 3, 9, 42, 50].map((changes) => template(changes, wideModel))
  return wide
}

function template(changes: number, model: Model<Ledger>): ModelDisk {
  const random = seeded(changes)
  const machine = new Machine(new ModelDisk())
  const files = new Process(machine, random)
  const store = Store.open<Ledger>({ dir: DIR, model, files, uid: 0 })
  for (let number = 1; number <= changes; number++) {
    const command = 'x'.repeat(LOG_LIMIT / 6)
    store.transact({ id: `a-${number}`, time: '', command }, count('a', number))
  }
  // All of it has long been on disk.
  return settled(machine.disk)
}

function settled(disk: ModelDisk): ModelDisk {
  for (const directory of [DIR, `${DIR}/shards`]) {
    if (!exists(disk, directory)) continue
    for (const name of disk.readdir(directory)) sync(disk, `${directory}/${name}`)
    sync(disk, directory)
  }
  return disk
}

function exists(disk: ModelDisk, path: string): boolean {
  try {
    disk.lstat(path)
    return true
  } catch {
    return false
  }
}

function sync(disk: ModelDisk, path: string): void {
  const fd = disk.open(path, disk.lstat(path).kind === 'directory' ? 'directory' : 'read')
  disk.sync(fd)
  disk.close(fd)
}
