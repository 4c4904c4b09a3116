import { readTail, release } from './disk/disk.ts'
import { errnoOf } from './disk/failure.ts'
import type { FileFacts } from './disk/files.ts'
import { KEPT_EPOCHS, logName } from './disk/layout.ts'
import type { StateView } from './lazy-state.ts'
import { list, toNextLog } from './load.ts'
import { replay } from './log/replay.ts'
import type { MaterializedState } from './materialized-state.ts'
import type { StateTree } from './model.ts'
import { fileStep, loadState, type Place, viewOf } from './read.ts'

/** Milliseconds between two looks at the name of the log. */
const NAME_PAUSE = 50
const ONE_BYTE = new Uint8Array(1)

/**
 * A reader that stays: it reads the state once, and then only the records appended since. It writes nothing and waits
 * for nobody.
 */
export class StateFollower<S extends StateTree> {
  readonly #place: Place
  readonly #schema: number
  #base: MaterializedState | undefined
  #view: StateView<S> | undefined
  /** Size of the log when it was last read: an incomplete record at its end is read again when the log has grown. */
  #seen = -1
  /** the log, open to see whether it has grown, until its name has to be looked at again */
  #fd: number | undefined
  #due = 0

  constructor(place: Place, schema: number) {
    this.#place = place
    this.#schema = schema
  }

  /** The state as of the last `refresh`, for reading only; undefined if the directory has no change. */
  get view(): StateView<S> | undefined {
    return this.#view
  }

  /**
   * Brings the view up to date. True if it is a new one.
   * @param each is called after each change, when the view is of that one; once for all that only a snapshot has
   * Throws NvError: `permission`, `corrupt`, `newer-schema`, `network-filesystem`, `io-error`.
   */
  refresh(each?: () => void): boolean {
    return fileStep(this.#place.disk, 'store read', () => {
      if (this.#isUnchanged()) return false
      const base = this.#base
      const facts = base && this.#logFacts(base)
      if (base === undefined || facts === undefined || facts.identity !== base.identity) return this.#reload(each)
      if (facts.size === this.#seen) return this.#watch(base)
      // A failure leaves a state that must not be used.
      this.#base = undefined
      return this.#catchUp(base, facts, each)
    })
  }

  /** Whether the open log has no byte more. Now and then its name is looked at: the directory may have been replaced. */
  #isUnchanged(): boolean {
    if (this.#fd === undefined || this.#seen < 0 || performance.now() > this.#due) return false
    return this.#place.disk.files.read(this.#fd, ONE_BYTE, this.#seen) === 0
  }

  /** Keeps the log open. */
  #watch(base: MaterializedState): false {
    const { disk } = this.#place
    this.#close()
    this.#fd = disk.files.open(`${disk.dir}/${logName(base.epoch)}`, 'read')
    this.#due = performance.now() + NAME_PAUSE
    return false
  }

  #catchUp(base: MaterializedState, { size }: FileFacts, each: (() => void) | undefined): boolean {
    this.#close()
    if (size < this.#seen) return this.#reload(each)
    const { seq, epoch } = base
    const { disk } = this.#place
    for (;;) {
      this.#readTail(base, each && (() => this.#see(base, each)))
      if (!base.sealed || list(disk)?.logs.includes(base.epoch + 1) !== true) break
      // Shards that were not read yet are pruned in time.
      if (base.epoch - base.snapshot >= KEPT_EPOCHS - 1) return this.#reload(each)
      toNextLog(base)
      const next = this.#logFacts(base)
      if (next === undefined) return this.#reload(each)
      base.identity = next.identity
    }
    this.#base = base
    this.#seen = base.sealed ? -1 : base.epoch === epoch ? size : base.offset
    if (base.seq === seq) return false
    this.#see(base)
    return true
  }

  #see(base: MaterializedState, each?: () => void): void {
    this.#view = viewOf<S>(this.#place.disk, base.current())
    each?.()
  }

  #readTail(base: MaterializedState, each: (() => void) | undefined): void {
    const { disk } = this.#place
    const name = logName(base.epoch)
    const fd = disk.files.open(`${disk.dir}/${name}`, 'read')
    try {
      replay(disk, base, readTail(disk, fd, name, base.offset), false, each)
    } finally {
      release(disk, fd)
    }
  }

  #close(): void {
    if (this.#fd !== undefined) release(this.#place.disk, this.#fd)
    this.#fd = undefined
  }

  #reload(each: (() => void) | undefined): boolean {
    this.#close()
    const had = this.#view !== undefined
    this.#base = undefined
    const base = loadState(this.#place, this.#schema, 'store read')
    if (!base?.rooted) {
      this.#view = undefined
      if (had) each?.()
      return had
    }
    this.#base = base
    this.#seen = base.sealed ? -1 : base.offset
    this.#see(base, each)
    return true
  }

  /** The facts of the log that `base` follows; undefined if it has been removed. */
  #logFacts(base: MaterializedState): FileFacts | undefined {
    const { disk } = this.#place
    try {
      return disk.files.lstat(`${disk.dir}/${logName(base.epoch)}`)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    }
  }
}
