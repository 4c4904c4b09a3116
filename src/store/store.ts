import { NvError } from '../errors/nv-error.ts'
import { AlreadyDone } from './already-done.ts'
import { type FsckReport, fsck } from './check/fsck.ts'
import { completeCheckpoints } from './checkpoint/checkpoint.ts'
import { isOldId } from './checkpoint/operation-ids.ts'
import { checkDirectory } from './disk/directory-check.ts'
import { release } from './disk/disk.ts'
import { errnoOf } from './disk/failure.ts'
import type { Files } from './disk/files.ts'
import { LOG_LIMIT, MAX_FILE, snapName } from './disk/layout.ts'
import { type HistoryEntry, history } from './history.ts'
import type { Change, Patch } from './json/diff.ts'
import { copyJson, type Json } from './json/json.ts'
import type { StateView } from './lazy-state.ts'
import { append, catchUp, createFirstLog, diskFull, isPast, openLog, seal, sync } from './log/append.ts'
import { frame } from './log/record.ts'
import { rotateLog } from './log/rotate.ts'
import { MaterializedState } from './materialized-state.ts'
import type { Model, StateTree } from './model.ts'
import { fileStep, loadMaterialized, type Place, placeOf, readState, viewOf } from './read.ts'
import { RetryPolicy } from './retry.ts'
import type { Shard } from './slots.ts'
import { missingFile, StaleState } from './stale-state.ts'
import { stateAt } from './state-at.ts'

export interface StoreOptions<S extends StateTree> {
  /** path of the state directory; it need not exist */
  readonly dir: string
  readonly model: Model<S>
  /** the file operations; the real ones if left out */
  readonly files?: Files
  /** who has to own the directory; the effective user if left out */
  readonly uid?: number
}

/** A change as history names it. All of it is chosen before the verb runs, for the verb may run more than once. */
export interface Operation {
  /** unique: 1 to 128 of letters, digits and `_.:@-`. The same id again is the same change again. */
  readonly id: string
  /** the id was made for this change, at random: it need not be looked for among those of earlier ones */
  readonly isFresh?: boolean
  /** wall time, ISO 8601 */
  readonly time: string
  /** the command line */
  readonly command: string
}

/**
 * A state directory. There is no lock: a change is a record appended to the log with the sequence number it was computed
 * from, and the order of appends decides who won. Any number of processes may use a directory, and any may be killed.
 */
export class Store<S extends StateTree> {
  readonly #place: Place
  readonly #model: Model<S>
  /** the state as far as this object has read it, for the next change */
  #image: MaterializedState | undefined
  /** the state that was last handed to a reader */
  #lent: StateView<S> | undefined

  private constructor(options: StoreOptions<S>) {
    this.#place = placeOf({ ...options, contract: options.model.contract })
    this.#model = options.model
  }

  /** Names a state directory. Touches nothing: the directory is looked at when it is used, and made by the first change. */
  static open<S extends StateTree>(options: StoreOptions<S>): Store<S> {
    return new Store(options)
  }

  /**
   * The state now, the caller's own to keep: what is done to it goes nowhere. GPUs are read when they are looked at; one
   * that is first looked at more than eight checkpoints later is gone (NvError ESTALE). Writes nothing, waits for nobody.
   * Throws NvError: `permission`, `corrupt`, `newer-schema`, `network-filesystem`, `invalid-argument`, `io-error`.
   */
  read(): S {
    this.#lent = readState<S>(this.#place, this.#model.schema)
    return this.#lent?.state ?? this.#model.initial()
  }

  /**
   * Runs `verb` on the state and makes what it changed durable, all or nothing. Returns the verb's result after the one
   * fdatasync. If somebody else's change came first the verb runs again on the state after that: it must be a pure
   * function of the state, and must not keep hold of it. Nothing is written if it changes nothing or throws; an error
   * with `commitAnyway === true` is thrown after its changes are committed.
   *
   * Throws AlreadyDone if the operation id is in the log (it was killed after it had won, say) or among the 16,384 and
   * more before it. Throws NvError: those of `read`; `disk-full`, `io-error` and `contention`, when nothing has changed;
   * `outcome-unknown`, when the record is written and the disk does not confirm it. A state that breaks the model's rules is a bug: Error.
   */
  transact<R>(operation: Operation, verb: Verb<S, R>): R {
    const attempts = this.#attempts<R>(operation)
    let step = attempts.next()
    while (!step.done) step = attempts.next(run(verb, step.value))
    return step.value
  }

  /** The same for a verb that takes its time. What others commit meanwhile makes it run again. */
  async transactAsync<R>(operation: Operation, verb: Verb<S, Promise<R>>): Promise<R> {
    const attempts = this.#attempts<R>(operation)
    let step = attempts.next()
    while (!step.done) step = attempts.next(await runAsync(verb, step.value))
    return step.value
  }

  /** Hands out states until what the verb made of one is in the log. */
  *#attempts<R>(operation: Operation): Generator<StateView<S>, R, Result<R>> {
    if (operation.isFresh !== true && !/^[\w.:@-]{1,128}$/.test(operation.id))
      throw badArgument(`${JSON.stringify(operation.id)} is no operation id`)
    let retry: RetryPolicy | undefined
    let cut = 0
    let session: Session | undefined
    try {
      for (;;) {
        session = fileStep(this.#disk, 'store load', () => this.#begin(session))
        const result = yield* this.#attempt<R>(session, operation)
        if (result.kind === 'done') return result.value
        if (result.kind === 'failed') throw result.error
        if (result.kind === 'short' && ++cut > 1) throw diskFull(this.#disk, result.size)
        retry ??= new RetryPolicy(this.#disk.dir)
        const pause = retry.nextPause()
        if (pause > 0) this.#disk.files.pause(pause)
      }
    } finally {
      this.#release(session)
    }
  }

  /**
   * Looks at the state now. What reading a GPU failed with is thrown even if `look` caught it, or tripped over it. Throws
   * what `read` does.
   */
  look<R>(look: (state: S, finder: Pick<StateView<S>, 'candidates'> | undefined) => R): R {
    const state = this.read()
    const view = this.#lent
    return view === undefined ? look(state, undefined) : view.look(() => look(state, view))
  }

  /** Finds things in the state of the last `read`; undefined if that was the model's initial one. */
  get finder(): Pick<StateView<S>, 'candidates'> | undefined {
    return this.#lent
  }

  /** The newest `limit` changes (all that the kept logs have, if left out), the newest last. */
  history(limit = Number.POSITIVE_INFINITY): HistoryEntry[] {
    const { disk, uid } = this.#place
    return fileStep(disk, 'store history', () => {
      return checkDirectory(disk, uid) ? history(disk, this.#model.schema, limit) : []
    })
  }

  /**
   * The state as it was after change `seq` (0: before the first one), a copy of its own. Throws NvError `not-found` for one
   * that is no longer kept, or yet to come.
   */
  at(seq: number): Json {
    const { disk, uid } = this.#place
    return fileStep(disk, 'store history', () => {
      checkDirectory(disk, uid)
      return stateAt(disk, this.#model.schema, seq)
    })
  }

  /** Checks every file against its sum and the files against each other; see FsckReport. Run a repair on its own. */
  fsck(options: { readonly repair: boolean }): FsckReport {
    this.#image = undefined
    const { disk, uid } = this.#place
    return fileStep(disk, 'store fsck', () => {
      const exists = checkDirectory(disk, uid)
      return exists ? fsck(disk, this.#model, options.repair) : { ok: true, seq: 0, epoch: 0, findings: [] }
    })
  }

  get #disk() {
    return this.#place.disk
  }

  /** An up-to-date image with its log open; after a lost race, `previous` has them. */
  #begin(previous: Session | undefined): Session {
    if (previous?.fd !== undefined && previous.image === this.#image) {
      this.#image = undefined
      if (this.#isOpen(previous.image, previous.fd)) return { ...previous, busy: true, asked: true }
      this.#image = previous.image
    }
    this.#release(previous)
    for (;;) {
      const carried = this.#image
      this.#image = undefined
      const image = carried ?? this.#load()
      if (image === undefined) continue
      if (image.identity === '') return { image, fd: undefined, busy: false, asked: false }
      const fd = openLog(this.#disk, image)
      if (fd === undefined) continue
      const { seq } = image
      let session: Session | undefined
      try {
        if (this.#isOpen(image, fd)) {
          session = { image, fd, busy: carried !== undefined && image.seq > seq, asked: false }
          return session
        }
      } finally {
        if (!session) release(this.#disk, fd)
      }
      this.#image = rotateLog(this.#disk, image, this.#model.schema)
    }
  }

  /** Brings the image up to date. False if its log has ended. */
  #isOpen(image: MaterializedState, fd: number): boolean {
    catchUp(this.#disk, fd, image)
    // A log this long was left by somebody who could not end it: find out why before adding to it.
    if (image.rooted && image.offset > LOG_LIMIT) seal(this.#disk, fd, image)
    return !image.sealed
  }

  #release(session: Session | undefined): void {
    if (session?.fd === undefined) return
    release(this.#disk, session.fd)
    session.fd = undefined
  }

  *#attempt<R>(session: Session, operation: Operation): Generator<StateView<S>, Result<R>, Result<R>> {
    const { image } = session
    try {
      this.#refuseRepeat(session, operation)
    } catch (error) {
      if (error instanceof StaleState) return LOST
      throw error
    }
    const view = viewOf<S>(this.#disk, image)
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
    if (patch.length) {
      const outcome = this.#commit(session, operation, patch)
      if (outcome !== DONE) return outcome
    } else {
      this.#image = image
    }
    return result
  }

  #commit(session: Session, operation: Operation, patch: Patch): Result<never> | typeof DONE {
    const { image } = session
    const bytes = this.#record(image, operation, patch)
    session.fd ??= fileStep(this.#disk, 'store commit', () => createFirstLog(this.#disk, image, this.#place.uid))
    const { fd } = session
    if (fd === undefined) return LOST
    const outcome = fileStep(this.#disk, 'store commit', () =>
      session.busy && isPast(this.#disk, fd, image) ? 'lost' : append(this.#disk, fd, image, bytes, operation.id),
    )
    this.#image = image
    if (outcome === 'short') return { kind: 'short', size: bytes.length }
    if (outcome === 'lost') return LOST
    const unread = image.ids.has(operation.id) ? 0 : bytes.length
    if (image.offset + unread > LOG_LIMIT) this.#checkpoint(fd, image)
    return DONE
  }

  /** The change is durable by now. What stands in the way of a checkpoint meets the next writer, before it changes anything. */
  #checkpoint(fd: number, image: MaterializedState): void {
    this.#image = undefined
    try {
      seal(this.#disk, fd, image)
      this.#image = rotateLog(this.#disk, image, this.#model.schema)
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

  #record(image: MaterializedState, operation: Operation, patch: Patch): Buffer {
    // The first record carries the whole state: another version's idea of an initial state must not change this host.
    // So does the first in a newer schema.
    const current = image.current()
    const p: Patch = image.rooted && current === image ? patch : [[[], current.tree()], ...patch]
    const bytes = frame({ b: image.seq, i: operation.id, t: operation.time, c: operation.command, p })
    if (bytes.length <= MAX_FILE) return bytes
    throw badArgument(`the change takes ${bytes.length} bytes, more than the ${MAX_FILE} a record may have`)
  }

  #refuseRepeat({ image, fd, asked }: Session, { id, isFresh = false }: Operation): void {
    const seq = image.ids.get(id)
    if (seq === undefined && (asked || isFresh || !this.#isOldId(image, id))) return
    if (seq !== undefined && fd !== undefined) sync(this.#disk, fd, image)
    throw new AlreadyDone(id, seq)
  }

  #isOldId(image: MaterializedState, id: string): boolean {
    return fileStep(this.#disk, 'store load', () => {
      try {
        return isOldId(this.#disk, image, id)
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT') throw error
        const problem = 'names a file of operation ids that is not there'
        throw missingFile(this.#disk, image, snapName(image.snapshot), problem, error)
      }
    })
  }

  /** Undefined after completing what somebody left half-done. */
  #load(): MaterializedState | undefined {
    const { schema } = this.#model
    const image =
      loadMaterialized(this.#place, schema, 'store load') ?? new MaterializedState(NO_SHARDS, this.#disk.contract)
    if (image.epoch > image.snapshot) {
      completeCheckpoints(this.#disk, schema)
      return undefined
    }
    if (image.rooted) return image
    image.assume(copyJson(this.#model.initial()))
    return image
  }
}

/** A change: gets the state, and what finds things in it without reading all of it. */
type Verb<S extends StateTree, R> = (state: S, finder: Pick<StateView<S>, 'candidates'>) => R

interface Session {
  readonly image: MaterializedState
  /** the log; undefined as long as there is none */
  fd: number | undefined
  /** whether others are at work, so that it pays to look once more before writing */
  readonly busy: boolean
  /** whether the operation is known to be none of those before the logs */
  readonly asked: boolean
}

type Result<R> =
  | { readonly kind: 'done'; readonly value: R }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'lost' }
  | { readonly kind: 'short'; readonly size: number }

const LOST = { kind: 'lost' } as const
const DONE = Symbol('done')
const NO_SHARDS = {
  read(slot: Shard): Buffer {
    throw new Error(`there is no shard of ${slot.bdf}`)
  },
  words(name: string): Buffer {
    throw new Error(`there is no ${name}`)
  },
  damage: (slot: Shard, problem: string) => new Error(`${slot.bdf}: ${problem}`),
}

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

function commitsAnyway(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'commitAnyway' in error && error.commitAnyway === true
}

function badArgument(message: string): NvError {
  return new NvError({ errno: 'EINVAL', code: 'invalid-argument', at: 'store', message })
}
