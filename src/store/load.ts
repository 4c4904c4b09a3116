import { NvError } from '../abi/nv-error.ts'
import { fileCrcFits } from './checked-file.ts'
import { type Disk, readHead, readPassing, readWhole } from './disk.ts'
import { damaged, errnoOf } from './failure.ts'
import { fold, type Trust } from './fold.ts'
import { Image, type ShardSource } from './image.ts'
import { type Listing, logName, SHARDS, shardName, snapName, sortListing } from './layout.ts'
import { type Slot, Slots } from './slots.ts'
import { canBeShard, NewerSchema, parseSnapshot } from './snapshot.ts'
import { incomplete } from './stray.ts'

/**
 * Reads the state directory: the newest snapshot, then the log, and on into the next log where one is sealed and nobody
 * has completed its checkpoint. Undefined if there is no directory or nothing was ever begun in it. Writes nothing and
 * waits for nobody: a file that goes away underneath means that a newer epoch is there, and the reading starts over.
 *
 * With `hot` trust the sums are only looked at if the machine has booted since the last record.
 * Throws NvError (`corrupt`, `newer-schema`) or what the file operations throw.
 */
export function load(disk: Disk, schema: number, trust: Trust = 'hot'): Image | undefined {
  for (let previous = -1; ; ) {
    const listing = list(disk)
    const start = listing && startOf(disk, listing)
    if (start === undefined) return undefined
    try {
      const image = loadFrom(disk, start, schema, trust)
      return trust === 'hot' && hasRebooted(image) ? loadFrom(disk, start, schema, 'check') : image
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' && listing?.logs.includes(start)) throw error
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
export function loadEpoch(disk: Disk, epoch: number, schema: number, trust: Trust): Image {
  const image = epoch === 0 ? new Image(shardsOf(disk, 0, trust)) : loadSnapshot(disk, epoch, schema, trust)
  readLog(disk, image, trust)
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
export function loadFrom(disk: Disk, start: number, schema: number, trust: Trust): Image {
  const image = loadEpoch(disk, start, schema, trust)
  while (image.sealed && hasNextLog(disk, image)) readLog(disk, image, trust)
  image.bootNow = disk.files.bootId()
  const found = image.host.schema
  if (image.rooted && typeof found !== 'number') throw damaged(disk.dir, logName(image.epoch), 'has no schema number')
  if (typeof found !== 'number' || found <= schema) return image
  // A turned bit can make a newer version out of this one: the sums tell.
  if (trust === 'hot') return loadFrom(disk, start, schema, 'check')
  throw newerSchema(disk, found, schema)
}

/** Where the kernel does not name the boot, none is ever seen to change. */
function hasRebooted(image: Image): boolean {
  return image.boot !== undefined && image.bootNow !== '' && image.boot !== image.bootNow
}

function hasNextLog(disk: Disk, image: Image): boolean {
  const next = list(disk)?.logs.includes(image.epoch + 1)
  if (next) toNextLog(image)
  return next === true
}

/** Lets an image whose log has ended go on at the beginning of the next. */
export function toNextLog(image: Image): void {
  image.epoch++
  image.offset = 0
  image.sealed = false
  image.hole = false
}

function readLog(disk: Disk, image: Image, trust: Trust): void {
  const { bytes, identity } = readWhole(disk, logName(image.epoch))
  image.identity = identity
  fold(disk, image, bytes, trust)
}

/** The snapshot of `epoch` as an image, before any of its log. */
export function loadSnapshot(disk: Disk, epoch: number, schema: number, trust: Trust): Image {
  const name = snapName(epoch)
  const { bytes } = readWhole(disk, name)
  if (trust !== 'hot') checkSum(disk, name, bytes)
  const image = new Image(shardsOf(disk, epoch, trust))
  try {
    const snapshot = parseSnapshot(bytes, schema)
    if (snapshot.epoch !== epoch) throw new TypeError(`it is the snapshot of epoch ${snapshot.epoch}`)
    image.snapshot = image.epoch = epoch
    image.seq = snapshot.seq
    image.boot = snapshot.boot
    image.oldIds = snapshot.ids
    image.idFiles = snapshot.idFiles
    image.host = snapshot.host
    image.slots = new Slots(snapshot.shards)
    image.wordEpochs = snapshot.words
    image.rooted = true
    return image
  } catch (error) {
    if (error instanceof NewerSchema) {
      // A turned bit can make a newer version out of this one.
      checkSum(disk, name, bytes)
      throw newerSchema(disk, error.found, schema)
    }
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
    throw damaged(disk.dir, name, `does not read as a snapshot: ${error.message}`, error)
  }
}

function shardsOf(disk: Disk, epoch: number, trust: Trust): ShardSource {
  const nameOf = (slot: Slot) => shardName(slot.bdf, slot.epoch)
  let trusted = false
  const judge = (slot: Slot) => {
    if (!canBeShard(slot.bdf, slot.epoch, epoch)) {
      throw damaged(disk.dir, snapName(epoch), `names a shard that cannot be: ${JSON.stringify(slot.bdf)}`)
    }
    trusted ||= disk.files.lstat(`${disk.dir}/${SHARDS}`).kind === 'directory'
    if (!trusted) throw damaged(disk.dir, SHARDS, 'is not a directory')
  }
  return {
    read(slot) {
      judge(slot)
      const { bytes } = readWhole(disk, nameOf(slot))
      if (trust !== 'hot') checkSum(disk, nameOf(slot), bytes)
      return bytes
    },
    head(slot) {
      judge(slot)
      return trust === 'hot' ? unlessRefused(() => readHead(disk, nameOf(slot))) : undefined
    },
    words(name) {
      const bytes = unlessRefused(() => readPassing(disk, name))
      return bytes && (trust === 'hot' || fileCrcFits(bytes)) ? bytes : undefined
    },
    damage: (slot, problem, cause) => damaged(disk.dir, nameOf(slot), `does not read as a shard: ${problem}`, cause),
  }
}

/** What is only there to save work may be missing. */
function unlessRefused(read: () => Buffer): Buffer | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof NvError || errnoOf(error) !== undefined) return undefined
    throw error
  }
}

/** Throws NvError `corrupt` if a file does not carry the sum of its content. */
export function checkSum(disk: Disk, name: string, bytes: Buffer): void {
  if (!fileCrcFits(bytes)) throw damaged(disk.dir, name, 'does not have the checksum it was written with')
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
