import { NvError } from '../errors/nv-error.ts'
import { canBeShard, NewerSchema, parseSnapshot } from './checkpoint/snapshot.ts'
import { readChecked } from './disk/checked-file.ts'
import { refuseForeign } from './disk/directory-check.ts'
import { type Disk, readWhole } from './disk/disk.ts'
import { damaged, errnoOf } from './disk/failure.ts'
import { type Listing, logName, SHARDS, shardName, snapName, sortListing } from './disk/layout.ts'
import { checkFileOwner } from './disk/owner.ts'
import { replay } from './log/replay.ts'
import { MaterializedState, type Shard, type ShardSource } from './materialized-state.ts'

/**
 * Reads the state directory: the newest snapshot and its log, and the next log where one is sealed and its checkpoint is
 * not complete. Undefined if there is no directory or nothing was begun in it. Writes nothing and waits for nobody: a file
 * that is pruned meanwhile means that a newer epoch is there, and the reading starts over.
 *
 * Verifies all checksums. Throws NvError (`corrupt`, `newer-schema`, `invalid-argument` for a directory of other files) or the
 * errors of the file operations.
 */
export function load(disk: Disk, schema: number): MaterializedState | undefined {
  const { state, listing } = loadReachable(disk, schema)
  if (state === undefined) refuseForeign(disk)
  const later = listing?.logs.at(-1) ?? 0
  // A log is begun when the one before it has ended: the records that lead to this one are missing.
  if (state && later > state.epoch) {
    throw damaged(disk.dir, logName(state.epoch), `ends too early: nothing in it leads to ${logName(later)}`)
  }
  return state
}

interface Reached {
  readonly state?: MaterializedState
  /** the names there were before anything was read */
  readonly listing?: Listing
}

/** The same, without a check for later logs that nothing leads to. A salvage skips damaged records. */
export function loadReachable(disk: Disk, schema: number, salvage = false): Reached {
  for (let previous = -1; ; ) {
    const listing = list(disk)
    const start = listing && startOf(disk, listing)
    if (listing === undefined || start === undefined) return {}
    try {
      return { state: loadFrom(disk, start, schema, salvage), listing }
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' && listing.logs.includes(start)) throw error
      // It is still the newest: its files are missing, not pruned.
      if (start <= previous) throw incomplete(disk, start, error)
      previous = start
    }
  }
}

/** The names in the state directory that belong to the store; undefined if there is no directory. */
export function list(disk: Disk): Listing | undefined {
  try {
    return sortListing(disk.files.readdir(disk.dir))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Epoch of the newest snapshot; 0, the empty start, if there is none. */
export function newestSnapshot(disk: Disk): number {
  return list(disk)?.snaps.at(-1) ?? 0
}

/** The snapshot of `epoch` and all of its log, and nothing after it. */
export function loadEpoch(disk: Disk, epoch: number, schema: number, salvage = false): MaterializedState {
  const state = epoch === 0 ? new MaterializedState(disk.contract) : loadSnapshot(disk, epoch, schema)
  readLog(disk, state, salvage)
  return state
}

/** The epoch that reading starts from: the newest snapshot, or 0 if there is only the first log. */
function startOf(disk: Disk, { snaps, logs }: Listing): number | undefined {
  const newest = snaps.at(-1)
  if (newest !== undefined) return newest
  if (logs.length && logs[0] !== 0) throw damaged(disk.dir, snapName(logs.at(-1) ?? 0), 'is missing')
  return logs[0]
}

/** The state that the snapshot of `start` and the logs from it on give. */
export function loadFrom(disk: Disk, start: number, schema: number, salvage = false): MaterializedState {
  const state = loadEpoch(disk, start, schema, salvage)
  while (state.sealed && list(disk)?.logs.includes(state.epoch + 1) === true) {
    toNextLog(state)
    readLog(disk, state, salvage)
  }
  const found = state.host.schema
  if (state.rooted && typeof found !== 'number') throw damaged(disk.dir, logName(state.epoch), 'has no schema number')
  if (typeof found === 'number' && found > schema) throw newerSchema(disk, found, schema)
  return state
}

/** Lets a state whose log has ended go on at the beginning of the next. */
export function toNextLog(state: MaterializedState): void {
  state.epoch++
  state.offset = 0
  state.sealed = false
  state.hole = false
}

function readLog(disk: Disk, state: MaterializedState, salvage: boolean): void {
  const { bytes, identity } = readWhole(disk, logName(state.epoch))
  state.identity = identity
  replay(disk, state, bytes, salvage)
}

/** The state of the snapshot of `epoch`, without any of its log. */
export function loadSnapshot(disk: Disk, epoch: number, schema: number): MaterializedState {
  const name = snapName(epoch)
  const bytes = readChecked(disk, name)
  const state = new MaterializedState(disk.contract, shardsOf(disk, epoch))
  try {
    const snapshot = parseSnapshot(bytes, schema)
    if (snapshot.epoch !== epoch) throw new TypeError(`it is the snapshot of epoch ${snapshot.epoch}`)
    state.snapshot = state.epoch = epoch
    state.snapshotSize = bytes.length - snapshot.ids.length
    state.seq = snapshot.seq
    state.oldIds = snapshot.ids
    state.idFiles = snapshot.idFiles
    state.indexEpochs = snapshot.indexEpochs
    state.shards = snapshot.shards
    state.setHost(snapshot.host)
    state.rooted = true
    return state
  } catch (error) {
    if (error instanceof NewerSchema) throw newerSchema(disk, error.found, schema)
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    throw damaged(disk.dir, name, `does not read as a snapshot: ${error.message}`, error)
  }
}

function shardsOf(disk: Disk, epoch: number): ShardSource {
  const nameOf = ({ bdf, epoch }: Shard) => shardName(bdf, epoch)
  let isTrusted = false
  const readTrusted = (name: string) => {
    if (!isTrusted) {
      const facts = disk.files.lstat(`${disk.dir}/${SHARDS}`)
      if (facts.kind !== 'directory') throw damaged(disk.dir, SHARDS, 'is not a directory')
      if (disk.owner !== undefined) checkFileOwner(`${disk.dir}/${SHARDS}`, facts, disk.owner)
      isTrusted = true
    }
    return readChecked(disk, name)
  }
  return {
    read(shard) {
      if (canBeShard(shard, epoch)) return readTrusted(nameOf(shard))
      throw damaged(disk.dir, snapName(epoch), `names a shard that cannot be: ${JSON.stringify(shard.bdf)}`)
    },
    readIndex: readTrusted,
    damage: (shard, problem, cause) => damaged(disk.dir, nameOf(shard), `does not read as a shard: ${problem}`, cause),
  }
}

/** Whether a snapshot has no log, and nothing leads up to its epoch. The file names alone show it. */
export function isDetached(disk: Disk, epoch: number): boolean {
  const { snaps = [], logs = [] } = list(disk) ?? {}
  const before = epoch - 1
  return !logs.includes(epoch) && !logs.includes(before) && !snaps.includes(before) && logs.some((log) => log < before)
}

/** The error for a newest snapshot that cannot be read, or a file it needs that is missing. */
function incomplete(disk: Disk, epoch: number, cause: unknown): unknown {
  if (isDetached(disk, epoch)) {
    const problem = `is not of this host: it has no log, and nothing leads up to epoch ${epoch}`
    return damaged(disk.dir, snapName(epoch), problem, cause)
  }
  if (errnoOf(cause) !== 'ENOENT') return cause
  const path = cause instanceof Error && 'path' in cause ? String(cause.path) : logName(epoch)
  return damaged(disk.dir, path.slice(path.lastIndexOf('/') + 1), 'is missing', cause)
}

function newerSchema(disk: Disk, found: number, known: number): NvError {
  return new NvError({
    errno: 'EOPNOTSUPP',
    code: 'newer-schema',
    at: 'store load',
    message: `${disk.dir} was written by a newer version (schema ${found}; this one knows up to ${known})`,
    hint: 'upgrade nvgpu, or name another directory with --state-dir',
    object: disk.dir,
  })
}
