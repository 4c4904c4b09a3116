import { withCrc } from './checked-file.ts'
import { type Disk, replaceFile, syncDirectory, unlessErrno } from './disk.ts'
import { errnoOf } from './failure.ts'
import type { Image } from './image.ts'
import { FEWEST_WITH_WORDS, logName, SHARDS, shardName, snapName } from './layout.ts'
import { list, loadEpoch } from './load.ts'
import { prune } from './prune.ts'
import { snapshotBytes } from './snapshot.ts'
import { changedWords } from './words.ts'

/**
 * Completes the checkpoint of a sealed log: from the snapshot of `epoch` and its log alone it writes those of epoch + 1.
 * All that goes in is checked against its sums, and what comes out is a pure function of it, so any number of processes
 * may do this at once, or after one of them died half-way. Returns at once if it has been done, or if the log is not sealed.
 */
export function completeCheckpoint(disk: Disk, epoch: number, schema: number): void {
  if (isDone(disk, epoch)) return
  try {
    const image = loadEpoch(disk, epoch, schema, 'check')
    if (!image.sealed) return
    syncLog(disk, epoch)
    publish(disk, image)
  } catch (error) {
    // Somebody overtook us and has tidied up what we were reading or writing.
    if (errnoOf(error) === 'ENOENT' && isDone(disk, epoch)) return
    throw error
  }
}

/**
 * Writes the snapshot that follows `image`, and the shards that changed. The order is what a power cut allows: the new log
 * has its name before the snapshot that needs it, the shards before the snapshot that names them, and only when the
 * snapshot's own name is durable may older epochs go.
 */
export function publish(disk: Disk, image: Image): void {
  const next = image.epoch + 1
  unlessErrno('EEXIST', () => disk.files.mkdir(`${disk.dir}/${SHARDS}`))
  unlessErrno('EEXIST', () => disk.files.close(disk.files.open(`${disk.dir}/${logName(next)}`, 'create')))
  syncDirectory(disk)
  const changed = image.slots.filter((slot) => slot.changed)
  for (const [name, bytes] of changedFiles(image)) {
    replaceFile(disk, name, bytes)
  }
  if (changed.length) syncDirectory(disk, SHARDS)
  replaceFile(disk, snapName(next), snapshotBytes(image))
  syncDirectory(disk)
  prune(disk, next)
}

/** The shard files of the next epoch, those of the GPUs that the log changed, and the files of words that go with them. */
export function* changedFiles(image: Image): Generator<[name: string, bytes: Buffer]> {
  for (const [index, slot] of image.slots.entries()) {
    if (slot.changed) {
      yield [shardName(slot.bdf, image.epoch + 1), withCrc(image.membersOf(index).toText())]
    }
  }
  if (image.slots.length >= FEWEST_WITH_WORDS) yield* changedWords(image)
}

/** The seal may be nobody's yet: whoever wrote it may have died before syncing it. */
function syncLog(disk: Disk, epoch: number): void {
  const fd = disk.files.open(`${disk.dir}/${logName(epoch)}`, 'append')
  try {
    disk.files.fdatasync(fd)
  } finally {
    disk.files.close(fd)
  }
}

function isDone(disk: Disk, epoch: number): boolean {
  const newest = list(disk)?.snaps.at(-1)
  return newest !== undefined && newest > epoch
}
