import { NvError } from '../errors/nv-error.ts'
import { AlreadyDone } from './already-done.ts'
import { type FsckReport, fsck } from './check/fsck.ts'
import { completeCheckpoints } from './checkpoint/checkpoint.ts'
import { isOldId } from './checkpoint/operation-ids.ts'
import { checkDirectory, refuseForeign } from './disk/directory-check.ts'
import { release } from './disk/disk.ts'
import { errnoOf } from './disk/failure.ts'
import type { Files } from './disk/files.ts'
import { LOG_LIMIT, MAX_FILE, snapName } from './disk/layout.ts'
import { type HistoryEntry, history, type ReplayedChange, replay, stateAt } from './history.ts'
import type { Change, Patch } from './json/diff.ts'
import { copyJson, type Json } from './json/json.ts'
import type { StateView } from './lazy-state.ts'
import {
  append,
  catchUp,
  createFirstLog,
  diskFull,
  isPast,
  isRead,
  openLog,
  seal,
  sync,
  syncEpoch,
} from './log/append.ts'
import { frame, type HistoryStep } from './log/record.ts'
import { rotateLog } from './log/rotate.ts'
import { MaterializedState } from './materialized-state.ts'
import type { Model, StateTree } from './model.ts'
import { fileStep, loadState, missingFile, type Place, placeOf, readState, StaleState, viewOf } from './read.ts'
import { RetryPolicy } from './retry.ts'

export interface StoreOptions<S extends StateTree> {
  /** path of the state directory; it need not exist */
  readonly dir: string
  readonly model: Model<S>
  /** the file operations; the real ones if left out */
  readonly files?: Files
  /** the user who has to own the directory; the effective user if left out */
  readonly uid?: number
}

/** A change as history names it. It is chosen before the verb runs, for the verb may run more than once. */
export interface Operation {
  /** unique: 1 to 128 of letters, digits and `_.:@-`. The same id again is the same change again. */
  readonly id: string
  /** whether the id is new and random: then it is not searched for among earlier ones */
  readonly isFresh?: boolean
  /** whether the change becomes durable with the next `syncDeferred` only, together with others */
  readonly isDeferred?: boolean
  /** wall time, ISO 8601 */
  readonly time: string
  /** the command line */
  readonly command: string
  /** the step through the history that it is, if it is one */
  readonly step?: HistoryStep
}

/**
 * A state directory. There is no lock: a change is a record appended to the log with the sequence number it was computed
 * from, and the order of appends decides the winner. Any number of processes may use a directory, and any may be killed.
 */
export class Store<S extends StateTree> {
  readonly #place: Place
  readonly #model: Model<S>
  /** the state as far as this object has read it, for the next change */
  #base: MaterializedState | undefined
  /** epoch of the log with deferred changes, and the error of a sync that some of them had before a checkpoint */
  #deferred: { readonly epoch?: number; readonly failure?: unknown } = {}
  /** the view of the last change, and the state that it led to */
  #last: { readonly view: StateView<S>; readonly base: MaterializedState; readonly seq: number } | undefined
  #isContinued = false
  /** the view of the last `read` */
  #view: StateView<S> | undefined

  private constructor(options: StoreOptions<S>) {
    this.#place = placeOf({ ...options, contract: options.model.contract })
    this.#model = options.model
  }

  /** Names a state directory. Reads nothing: the directory is checked on use, and made by the first change. */
  static open<S extends StateTree>(options: StoreOptions<S>): Store<S> {
    return new Store(options)
  }

  /**
   * The state now, for the caller to keep and change. GPUs are read on first use; one that is first used more than eight
   * checkpoints later is gone (NvError ESTALE). Writes nothing, waits for nobody.
   * Throws NvError: `permission`, `corrupt`, `newer-schema`, `network-filesystem`, `invalid-argument`, `io-error`.
   */
  read(): S {
    this.#view = readState<S>(this.#place, this.#model.schema)
    return this.#view?.state ?? this.#model.initial()
  }

  /**
   * Runs `verb` on the state and makes its changes durable, all or nothing. Returns the result of the verb after the one
   * fdatasync. If another change came first, the verb runs again on the state after that: it must be a pure function of the
   * state and must not keep the state. Nothing is written if it changes nothing or throws; an error with
   * `commitAnyway === true` is thrown after the changes are committed.
   *
   * Throws AlreadyDone if the operation id is among those of the log or the 16,384 and more before it. Throws NvError: those
   * of `read`; `disk-full`, `io-error` and `contention`, when nothing has changed; `outcome-unknown` when the record is
   * written and the disk does not confirm it. A state that breaks the model's rules is a bug: Error.
   */
  transact<R>(operation: Operation, verb: Verb<S, R>): R {
    const attempts = this.#attempts<R>(operation)
    let step = attempts.next()
    while (!step.done) step = attempts.next(run(verb, step.value))
    return step.value
  }

  /** The same for an asynchronous verb. */
  async transactAsync<R>(operation: Operation, verb: Verb<S, Promise<R>>): Promise<R> {
    const attempts = this.#attempts<R>(operation)
    let step = attempts.next()
    while (!step.done) step = attempts.next(await runAsync(verb, step.value))
    return step.value
  }

  /**
   * Makes the deferred changes durable, with one fdatasync. Throws NvError `outcome-unknown` if the disk does not confirm it:
   * then none of them may be acknowledged.
   */
  syncDeferred(): void {
    const { epoch, failure } = this.#deferred
    this.#deferred = {}
    if (failure !== undefined) throw failure
    if (epoch !== undefined) fileStep(this.#disk, 'store commit', () => syncEpoch(this.#disk, epoch, this.#base))
  }

  /** Yields views of the state until the changes of one of them are in the log. */
  *#attempts<R>(operation: Operation): Generator<StateView<S>, R, Result<R>> {
    if (operation.isFresh !== true && !/^[\w.:@-]{1,128}$/.test(operation.id))
      throw badArgument(`${JSON.stringify(operation.id)} is no operation id`)
    const retry = new RetryPolicy(this.#disk.dir)
    let short = 0
    let session: Session | undefined
    try {
      for (;;) {
        session = fileStep(this.#disk, 'store load', () => this.#begin(session))
        const result = yield* this.#attempt<R>(session, operation)
        if (result.kind === 'done') return result.value
        if (result.kind === 'failed') throw result.error
        if (result.kind === 'short' && ++short > 1) throw diskFull(this.#disk, result.size)
        const pause = retry.nextPause()
        if (pause > 0) this.#disk.files.pause(pause)
      }
    } finally {
      this.#release(session)
    }
  }

  /** Reads the state now. The error of a GPU that could not be read is thrown even if `look` caught it. Throws as `read`. */
  look<R>(look: (state: S, finder: Finder | undefined) => R): R {
    const state = this.read()
    const view = this.#view
    return view === undefined ? look(state, undefined) : view.look(() => look(state, view))
  }

  /** Searches the state of the last `read`; undefined if that was the model's initial one. */
  get finder(): Finder | undefined {
    return this.#view
  }

  /** The newest `limit` changes (all that the kept logs have, if left out), the newest last. */
  history(limit = Number.POSITIVE_INFINITY): HistoryEntry[] {
    const { disk, uid } = this.#place
    return fileStep(disk, 'store history', () => {
      return checkDirectory(disk, uid) ? history(disk, this.#model.schema, limit) : []
    })
  }

  /** A copy of the state after change `seq` (0: before the first). Throws NvError `not-found` if that is not kept. */
  at(seq: number): Json {
    const { disk, uid } = this.#place
    return fileStep(disk, 'store history', () => {
      checkDirectory(disk, uid)
      return stateAt(disk, this.#model.schema, seq)
    })
  }

  /** Visits the kept changes, the oldest first. Throws NvError `not-found` if they are pruned meanwhile. */
  replay(visit: (step: ReplayedChange) => void): void {
    const { disk, uid } = this.#place
    fileStep(disk, 'store history', () => {
      if (!checkDirectory(disk, uid)) return
      for (const step of replay(disk, this.#model.schema)) visit(step)
    })
  }

  /** Checks every file against its checksum and the files against each other. No other process may run during a repair. */
  fsck(options: { readonly repair: boolean }): FsckReport {
    this.#base = undefined
    const { disk, uid } = this.#place
    return fileStep(disk, 'store fsck', () => {
      const exists = checkDirectory(disk, uid)
      if (exists) refuseForeign(disk)
      return exists ? fsck(disk, this.#model, options.repair) : { ok: true, seq: 0, epoch: 0, findings: [] }
    })
  }

  get #disk() {
    return this.#place.disk
  }

  /** An up-to-date state with its log open; after a lost race, those of `previous`. */
  #begin(previous: Session | undefined): Session {
    // Others may have given a directory without a log its first one.
    const carried = this.#base?.identity === '' ? undefined : this.#base
    // A state that a step below fails on is not used again.
    this.#base = undefined
    if (previous?.fd !== undefined && previous.base === carried) {
      if (this.#isOpen(previous.base, previous.fd)) return { ...previous, busy: true, idChecked: true }
    }
    this.#release(previous)
    for (let base = carried; ; ) {
      const loaded = base ?? this.#load()
      if (loaded === undefined) continue
      if (loaded.identity === '') return { base: loaded, fd: undefined, busy: false, idChecked: false }
      const { seq } = loaded
      const fd = openLog(this.#disk, loaded)
      const isOpen = fd !== undefined && this.#isOpenOrReleased(loaded, fd)
      if (isOpen) return { base: loaded, fd, busy: base !== undefined && loaded.seq > seq, idChecked: false }
      base = fd === undefined ? undefined : rotateLog(this.#disk, loaded, this.#model.schema)
    }
  }

  #isOpenOrReleased(base: MaterializedState, fd: number): boolean {
    let isOpen = false
    try {
      isOpen = this.#isOpen(base, fd)
    } finally {
      if (!isOpen) release(this.#disk, fd)
    }
    return isOpen
  }

  /** Brings the state up to date. False if its log has ended. */
  #isOpen(base: MaterializedState, fd: number): boolean {
    catchUp(this.#disk, fd, base)
    // A process that could not end the log left it so: find out why before adding to it.
    if (base.rooted && isLogFull(base)) seal(this.#disk, fd, base)
    return !base.sealed
  }

  #release(session: Session | undefined): void {
    if (session?.fd === undefined) return
    release(this.#disk, session.fd)
    session.fd = undefined
  }

  *#attempt<R>(session: Session, operation: Operation): Generator<StateView<S>, Result<R>, Result<R>> {
    const { base } = session
    try {
      this.#refuseRepeat(session, operation)
    } catch (error) {
      if (error instanceof StaleState) return LOST
      throw error
    }
    const view = viewOf<S>(this.#disk, base, this.#takeLast(base))
    let result: Result<R>
    let patch: Patch
    try {
      result = yield view
      if (view.failure) throw view.failure.error
      if (result.kind === 'failed' && !commitsAnyway(result.error)) throw result.error
      patch = this.#changes(view, operation)
    } catch (error) {
      if (view.failure?.error instanceof StaleState) return LOST
      throw view.failure ? view.failure.error : error
    } finally {
      view.end()
    }
    if (patch.length === 0) this.#base = base
    const seq = patch.length === 0 ? base.seq : base.seq + 1
    const refused = patch.length === 0 ? undefined : this.#commit(session, operation, patch)
    if (refused !== undefined) return refused
    this.#last = { view, base, seq }
    return result
  }

  /** The view of the last change, unless others have made changes since. */
  #takeLast(base: MaterializedState): StateView<S> | undefined {
    const last = this.#last
    this.#last = undefined
    this.#isContinued = last?.base === base && last.seq === base.seq
    return this.#isContinued ? last?.view : undefined
  }

  /** Whether it is certain that nobody else changed the state between the last change of this object and the one before. */
  get isContinued(): boolean {
    return this.#isContinued
  }

  /** Whether somebody else has changed the state since the last change of this object, or may have. */
  hasNews(): boolean {
    const last = this.#last
    if (last === undefined || last.base !== this.#base || last.base.seq !== last.seq) return true
    return fileStep(this.#disk, 'store read', () => !isRead(this.#disk, last.base))
  }

  /** Undefined if the change is durable. */
  #commit(session: Session, operation: Operation, patch: Patch): Result<never> | undefined {
    const { base } = session
    const bytes = this.#record(base, operation, patch)
    session.fd ??= fileStep(this.#disk, 'store commit', () => createFirstLog(this.#disk, base, this.#place.uid))
    const { fd } = session
    if (fd === undefined) return LOST
    const outcome = fileStep(this.#disk, 'store commit', () =>
      session.busy && isPast(this.#disk, fd, base)
        ? 'lost'
        : append(this.#disk, fd, base, bytes, operation.id, operation.isDeferred),
    )
    this.#base = base
    if (outcome === 'short') return { kind: 'short', size: bytes.length }
    if (outcome === 'lost') return LOST
    if (operation.isDeferred) this.#deferred = { ...this.#deferred, epoch: base.epoch }
    if (isLogFull(base)) {
      this.#syncBeforeCheckpoint()
      this.#checkpoint(fd, base)
    }
    return undefined
  }

  #syncBeforeCheckpoint(): void {
    try {
      this.syncDeferred()
    } catch (failure) {
      this.#deferred = { failure }
      throw failure
    }
  }

  /** Makes a checkpoint. The change is durable already: an error of the disk meets the next writer, before its change. */
  #checkpoint(fd: number, base: MaterializedState): void {
    this.#base = undefined
    try {
      seal(this.#disk, fd, base)
      this.#base = rotateLog(this.#disk, base, this.#model.schema)
    } catch (error) {
      if (!(error instanceof NvError) && errnoOf(error) === undefined) throw error
    }
  }

  #changes(view: StateView<S>, operation: Operation): Change[] {
    const changes = fileStep(this.#disk, 'store commit', () => view.changes())
    if (changes.length === 0) return changes
    const [wrong] = this.#model.check(view.state, view.touched())
    if (wrong === undefined) return changes
    throw new Error(`after "${operation.command}" the state breaks its rules: ${wrong}`)
  }

  #record(base: MaterializedState, operation: Operation, patch: Patch): Buffer {
    // The first record carries the whole state, so that it does not depend on the program's initial one. So does the first
    // record in a newer schema.
    const current = base.current()
    const p: Patch = base.rooted && current === base ? patch : [[[], current.tree()], ...patch]
    const { id, time, command, step } = operation
    const bytes = frame({ b: base.seq, i: id, t: time, c: command, p, ...(step === undefined ? {} : { s: step }) })
    if (bytes.length <= MAX_FILE) return bytes
    throw badArgument(`the change takes ${bytes.length} bytes, more than the ${MAX_FILE} a record may have`)
  }

  #refuseRepeat({ base, fd, idChecked }: Session, { id, isFresh = false }: Operation): void {
    const seq = base.ids.get(id)
    if (seq === undefined && (idChecked || isFresh || !this.#isOldId(base, id))) return
    if (seq !== undefined && fd !== undefined) sync(this.#disk, fd, base)
    throw new AlreadyDone(id, seq)
  }

  #isOldId(base: MaterializedState, id: string): boolean {
    return fileStep(this.#disk, 'store load', () => {
      try {
        return isOldId(this.#disk, base, id)
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error
        const problem = 'names a file of operation ids that is not there'
        throw missingFile(this.#disk, base, snapName(base.snapshot), problem, error)
      }
    })
  }

  /** Undefined after completing the checkpoints that others left incomplete. */
  #load(): MaterializedState | undefined {
    const { schema } = this.#model
    const base = loadState(this.#place, schema, 'store load') ?? new MaterializedState(this.#disk.contract)
    if (base.epoch > base.snapshot) {
      completeCheckpoints(this.#disk, schema)
      return undefined
    }
    if (!base.rooted) base.setInitial(copyJson(this.#model.initial()))
    return base
  }
}

/** Searches a state by name without reading all of it. */
type Finder = Pick<StateView<StateTree>, 'candidates'>

/** A change: a function of the state. */
type Verb<S extends StateTree, R> = (state: S, finder: Finder) => R

interface Session {
  readonly base: MaterializedState
  /** the log; undefined as long as there is none */
  fd: number | undefined
  /** whether others make changes at the same time: then the log is read once more before writing */
  readonly busy: boolean
  /** whether the operation id is known not to be among those before the logs */
  readonly idChecked: boolean
}

type Result<R> =
  | { readonly kind: 'done'; readonly value: R }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'lost' }
  | { readonly kind: 'short'; readonly size: number }

const LOST = { kind: 'lost' } as const

function run<S extends StateTree, R>(verb: Verb<S, R>, view: StateView<S>): Result<R> {
  try {
    return { kind: 'done', value: verb(view.state, view) }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

async function runAsync<S extends StateTree, R>(verb: Verb<S, Promise<R>>, view: StateView<S>): Promise<Result<R>> {
  try {
    return { kind: 'done', value: await verb(view.state, view) }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

/** A large snapshot is written for a large log, so that writing snapshots takes time in proportion to the changes. */
function isLogFull({ offset, snapshotSize }: MaterializedState): boolean {
  return offset > Math.max(LOG_LIMIT, snapshotSize / 2)
}

function commitsAnyway(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'commitAnyway' in error && error.commitAnyway === true
}

function badArgument(message: string): NvError {
  return new NvError({ errno: 'EINVAL', code: 'invalid-argument', at: 'store', message })
}
