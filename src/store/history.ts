import { NvError } from '../errors/nv-error.ts'
import { refuseForeign } from './disk/directory-check.ts'
import { type Disk, readWhole } from './disk/disk.ts'
import { damaged, errnoOf } from './disk/failure.ts'
import { logName, snapName } from './disk/layout.ts'
import type { Patch } from './json/diff.ts'
import type { Json } from './json/json.ts'
import { list, loadSnapshot, newestSnapshot } from './load.ts'
import type { HistoryStep } from './log/record.ts'
import { replayRecords } from './log/replay.ts'
import { MaterializedState } from './materialized-state.ts'

/** One change of the state, as it was recorded. */
export interface HistoryEntry {
  /** 1 for the first change of the directory */
  readonly seq: number
  readonly id: string
  readonly time: string
  readonly command: string
  /** that of change 1 starts by setting the whole initial state */
  readonly patch: Patch
  /** the step through the history that it is, if it is one */
  readonly step?: HistoryStep
}

/**
 * The newest `limit` changes of the kept logs, the newest last and without gaps. Reads from the newest log backwards, as far
 * as needed. Throws NvError `corrupt` if there were changes and their files are missing.
 */
export function history(disk: Disk, schema: number, limit: number): HistoryEntry[] {
  const { snaps = [], logs = [] } = list(disk) ?? {}
  const newest = logs.at(-1)
  let entries: HistoryEntry[] = []
  if (newest === undefined) {
    refuseForeign(disk)
    return entries
  }
  // Only a snapshot gives the first number of a log: the logs after the last snapshot are read on from its own.
  const last = snaps.at(-1) ?? 0
  let oldest = last + 1
  for (let epoch = last; epoch >= 0 && logs.includes(epoch) && entries.length < limit; epoch--) {
    try {
      const start = epoch === 0 ? 0 : loadSnapshot(disk, epoch, schema).seq
      entries = [...recordsOf(disk, epoch, epoch === last ? newest : epoch, start), ...entries]
      oldest = epoch
    } catch (error) {
      // Pruned by another process: the kept history starts here.
      if (errnoOf(error) !== 'ENOENT' || epoch === last) throw error
      break
    }
  }
  if (limit > 0 && entries.length === 0 && oldest > 0) {
    // All that was listed may have been pruned meanwhile.
    if (newestSnapshot(disk) !== last) return history(disk, schema, limit)
    const name = list(disk)?.logs.includes(oldest - 1) ? snapName(oldest - 1) : logName(oldest - 1)
    throw damaged(disk.dir, name, 'is missing: what was changed before it is not known')
  }
  return entries.slice(Math.max(entries.length - limit, 0))
}

/** The changes of the logs `first` to `last`. A log after one that has not ended is not of this host. */
function recordsOf(disk: Disk, first: number, last: number, start: number): HistoryEntry[] {
  const entries: HistoryEntry[] = []
  for (let epoch = first, sealed = true; sealed && epoch <= last; epoch++) {
    const position = { epoch, seq: start + entries.length, offset: 0, sealed: false, hole: false }
    replayRecords(disk, position, readWhole(disk, logName(epoch)).bytes, false, ({ b, i, t, c, p, s }) => {
      entries.push({ seq: b + 1, id: i, time: t, command: c, patch: p, ...(s === undefined ? {} : { step: s }) })
    })
    sealed = position.sealed
  }
  return entries
}

/**
 * The state after change `seq`, from the newest kept snapshot before it and the changes since; 0 is the state before the
 * first change. Throws NvError `not-found` for a change that is not kept or not made yet.
 */
export function stateAt(disk: Disk, schema: number, seq: number): Json {
  const changes = history(disk, schema, Number.POSITIVE_INFINITY)
  const newest = changes.at(-1)?.seq ?? 0
  if (seq > newest) throw notKept(disk, `there is no change ${seq} yet: the newest is ${newest}`)
  if (seq === 0) return initialTree(disk, changes)
  const state = stateBefore(disk, schema, seq)
  if (state === undefined) throw tooOld(disk, seq, changes)
  for (const change of changes) {
    if (change.seq !== state.seq + 1 || change.seq > seq) continue
    state.applyPatch(change.patch)
    state.seq = change.seq
  }
  if (state.seq !== seq) throw tooOld(disk, seq, changes)
  return state.current().tree()
}

/** A kept change, with a reader of the state after it: for use before the next change is asked for. */
export interface ReplayedChange {
  readonly change: HistoryEntry
  readonly tree: () => Json
}

/** The kept changes, the oldest first. Throws NvError `not-found` if they are pruned meanwhile. */
export function* replay(disk: Disk, schema: number): Generator<ReplayedChange> {
  const changes = history(disk, schema, Number.POSITIVE_INFINITY)
  const oldest = changes[0]?.seq
  if (oldest === undefined) return
  const state = stateBefore(disk, schema, oldest)
  if (state === undefined) throw tooOld(disk, oldest, changes)
  for (const change of changes) {
    if (change.seq === state.seq + 1) {
      state.applyPatch(change.patch)
      state.seq = change.seq
    }
    if (state.seq !== change.seq) throw tooOld(disk, change.seq, changes)
    yield { change, tree: () => state.current().tree() }
  }
}

/** The first change starts by setting the whole initial state. */
function initialTree(disk: Disk, changes: readonly HistoryEntry[]): Json {
  const [first] = changes
  const root = first?.seq === 1 ? first.patch[0] : undefined
  if (root?.[0].length !== 0 || root[1] === undefined) throw tooOld(disk, 0, changes)
  const state = new MaterializedState(disk.contract)
  state.setRoot(state.filled([], root[1]))
  return state.current().tree()
}

/** The newest snapshot up to `seq`, or the empty start; undefined if neither is kept. */
function stateBefore(disk: Disk, schema: number, seq: number): MaterializedState | undefined {
  const { snaps = [], logs = [] } = list(disk) ?? {}
  for (const epoch of [...snaps].reverse()) {
    try {
      const state = loadSnapshot(disk, epoch, schema)
      if (state.seq <= seq) return state
    } catch (error) {
      // Pruned by another process, as are those before it.
      if (errnoOf(error) !== 'ENOENT') throw error
      return undefined
    }
  }
  return logs[0] === 0 ? new MaterializedState(disk.contract) : undefined
}

function tooOld(disk: Disk, seq: number, changes: readonly HistoryEntry[]): NvError {
  const oldest = changes[0]?.seq
  const since = oldest === undefined ? 'no change is' : `the oldest change that is kept is ${oldest}`
  return notKept(disk, `the state after change ${seq} is no longer kept: ${since}`)
}

function notKept(disk: Disk, message: string): NvError {
  return new NvError({
    errno: 'ENOENT',
    code: 'not-found',
    at: 'store history',
    message,
    hint: 'nvgpu history list',
    object: disk.dir,
  })
}
