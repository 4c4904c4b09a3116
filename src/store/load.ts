import { NvError } from '../errors/nv-error.ts'
import { incomplete } from './check/orphan.ts'
import { canBeShard, NewerSchema, parseSnapshot } from './checkpoint/snapshot.ts'
import { fileCrcFits } from './disk/checked-file.ts'
import { type Disk, readWhole } from './disk/disk.ts'
import { damaged, errnoOf } from './disk/failure.ts'
import { type Listing, logName, SHARDS, shardName, snapName, sortListing } from './disk/layout.ts'
import { checkFileOwner } from './disk/owner.ts'
import { replay } from './log/replay.ts'
import { MaterializedState, type ShardSource } from './materialized-state.ts'
import { type Shard, ShardList } from './slots.ts'

/**
 * Reads the state directory: the newest snapshot, then the log, and on into the next log where one is sealed and nobody
 * has completed its checkpoint. Undefined if there is no directory or nothing was ever begun in it. Writes nothing and
 * waits for nobody: a file that goes away underneath means that a newer epoch is there, and the reading starts over.
 *
 * The checksums of all that is read are verified. Throws NvError (`corrupt`, `newer-schema`) or what the file operations
 * throw.
 */
export function load(disk: Disk, schema: number): MaterializedState | undefined {
  const { image, listing } = loadReachable(disk, schema)
  const later = listing?.logs.at(-1) ?? 0
  // A log is begun when the one before it has ended: what leads to this one is gone.
  if (image && later > image.epoch) {
    throw damaged(disk.dir, logName(image.epoch), `ends too early: nothing in it leads to ${logName(later)}`)
  }
  return image
}

interface Reached {
  readonly image?: MaterializedState
  /** the names there were before anything was read */
  readonly listing?: Listing
}

/** The same, whatever logs there are that nothing leads to. A salvage passes over damage. */
export function loadReachable(disk: Disk, schema: number, salvage = false): Reached {
  for (let previous = -1; ; ) {
    const listing = list(disk)
    const start = listing && startOf(disk, listing)
    if (listing === undefined || start === undefined) return {}
    try {
      return { image: loadFrom(disk, start, schema, salvage), listing }
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' && listing.logs.includes(start)) throw error
      // Still the newest, and still not complete: nobody has tidied it away, it is missing.
      if (start <= previous) throw incomplete(disk, start, error)
      previous = start
    }
  }
}

/** The names of ours in the state directory; undefined if there is no directory. */
export function list(disk: Disk): Listing | undefined {
  try {
    return sortListing(disk.files.readdir(disk.dir))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Epoch of the newest snapshot; 0, the empty start that needs none, if there is none. */
export function newestSnapshot(disk: Disk): number {
  return list(disk)?.snaps.at(-1) ?? 0
}

/** The snapshot of `epoch` and all of its log, and nothing after it. ENOENT is thrown as it comes. */
export function loadEpoch(disk: Disk, epoch: number, schema: number, salvage = false): MaterializedState {
  const image =
    epoch === 0 ? new MaterializedState(shardsOf(disk, 0), disk.contract) : loadSnapshot(disk, epoch, schema)
  readLog(disk, image, salvage)
  return image
}

/** The epoch reading starts from: the newest snapshot, or 0 if there is only the first log. */
function startOf(disk: Disk, { snaps, logs }: Listing): number | undefined {
  const newest = snaps.at(-1)
  if (newest !== undefined) return newest
  if (logs.length && logs[0] !== 0) throw damaged(disk.dir, snapName(logs[logs.length - 1] ?? 0), 'is missing')
  return logs[0]
}

/** What is read from the snapshot of `start` on. */
export function loadFrom(disk: Disk, start: number, schema: number, salvage = false): MaterializedState {
  const image = loadEpoch(disk, start, schema, salvage)
  while (image.sealed && hasNextLog(disk, image)) readLog(disk, image, salvage)
  const found = image.host.schema
  if (image.rooted && typeof found !== 'number') throw damaged(disk.dir, logName(image.epoch), 'has no schema number')
  if (typeof found === 'number' && found > schema) throw newerSchema(disk, found, schema)
  return image
}

function hasNextLog(disk: Disk, image: MaterializedState): boolean {
  const next = list(disk)?.logs.includes(image.epoch + 1)
  if (next) toNextLog(image)
  return next === true
}

/** Lets an image whose log has ended go on at the beginning of the next. */
export function toNextLog(image: MaterializedState): void {
  image.epoch++
  image.offset = 0
  image.sealed = false
  image.hole = false
}

function readLog(disk: Disk, image: MaterializedState, salvage: boolean): void {
  const { bytes, identity } = readWhole(disk, logName(image.epoch))
  image.identity = identity
  replay(disk, image, bytes, salvage)
}

/** The snapshot of `epoch` as an image, before any of its log. */
export function loadSnapshot(disk: Disk, epoch: number, schema: number): MaterializedState {
  const name = snapName(epoch)
  const bytes = readChecked(disk, name)
  const image = new MaterializedState(shardsOf(disk, epoch), disk.contract)
  try {
    const snapshot = parseSnapshot(bytes, schema)
    if (snapshot.epoch !== epoch) throw new TypeError(`it is the snapshot of epoch ${snapshot.epoch}`)
    image.snapshot = image.epoch = epoch
    image.seq = snapshot.seq
    image.oldIds = snapshot.ids
    image.idFiles = snapshot.idFiles
    image.setHost(snapshot.host)
    image.slots = new ShardList(snapshot.shards)
    image.indexEpochs = snapshot.words
    image.rooted = true
    return image
  } catch (error) {
    if (error instanceof NewerSchema) throw newerSchema(disk, error.found, schema)
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    throw damaged(disk.dir, name, `does not read as a snapshot: ${error.message}`, error)
  }
}

function shardsOf(disk: Disk, epoch: number): ShardSource {
  const nameOf = (slot: Shard) => shardName(slot.bdf, slot.epoch)
  let trusted = false
  const judge = () => {
    if (trusted) return
    const facts = disk.files.lstat(`${disk.dir}/${SHARDS}`)
    if (facts.kind !== 'directory') throw damaged(disk.dir, SHARDS, 'is not a directory')
    if (disk.owner !== undefined) checkFileOwner(`${disk.dir}/${SHARDS}`, facts, disk.owner)
    trusted = true
  }
  return {
    read(slot) {
      if (!canBeShard(slot.bdf, slot.epoch, epoch)) {
        throw damaged(disk.dir, snapName(epoch), `names a shard that cannot be: ${JSON.stringify(slot.bdf)}`)
      }
      judge()
      return readChecked(disk, nameOf(slot))
    },
    words(name) {
      judge()
      return readChecked(disk, name)
    },
    damage: (slot, problem, cause) => damaged(disk.dir, nameOf(slot), `does not read as a shard: ${problem}`, cause),
  }
}

/** The whole of a file. Throws NvError `corrupt` if it does not carry the checksum of its content. */
export function readChecked(disk: Disk, name: string): Buffer {
  const { bytes } = readWhole(disk, name)
  if (fileCrcFits(bytes)) return bytes
  throw damaged(disk.dir, name, 'does not have the checksum it was written with')
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
