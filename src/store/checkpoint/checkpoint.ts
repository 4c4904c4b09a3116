import { withCrc } from '../disk/checked-file.ts'
import { type Disk, replaceFile, syncDirectory, unlessErrno } from '../disk/disk.ts'
import { errnoOf } from '../disk/failure.ts'
import { SHARDS, shardName, snapName } from '../disk/layout.ts'
import { loadEpoch, newestSnapshot } from '../load.ts'
import { beginLog } from '../log/begin-log.ts'
import type { MaterializedState } from '../materialized-state.ts'
import { changedIndexFiles } from '../name-index.ts'
import { keptIds } from './operation-ids.ts'
import { prune } from './prune.ts'
import { snapshotBytes } from './snapshot.ts'

/**
 * Completes the checkpoints of all logs that have ended: from a snapshot and its log alone it writes those of the epoch after.
 * All that goes in is checked against its sums, and what comes out is a pure function of it, so any number of processes
 * may do this at once, or after one of them died half-way.
 */
export function completeCheckpoints(disk: Disk, schema: number): void {
  while (completeCheckpoint(disk, newestSnapshot(disk), schema));
}

/** Whether there is a snapshot after that of `epoch` now; false if its log goes on. */
function completeCheckpoint(disk: Disk, epoch: number, schema: number): boolean {
  try {
    const image = loadEpoch(disk, epoch, schema)
    if (!image.sealed) return false
    publish(disk, image)
  } catch (error) {
    // Somebody overtook us and has tidied up what we were reading or writing.
    if (errnoOf(error) !== 'ENOENT' || newestSnapshot(disk) <= epoch) throw error
  }
  return true
}

/**
 * Writes the snapshot that follows `image`, and the shards that changed. The order is what a power cut allows: the new log
 * has its name before the snapshot that needs it, shards and ids before the snapshot that names them, and only when the
 * snapshot's own name is durable may older epochs go.
 */
function publish(disk: Disk, image: MaterializedState): void {
  const next = image.epoch + 1
  unlessErrno('EEXIST', () => disk.files.mkdir(`${disk.dir}/${SHARDS}`))
  beginLog(disk, next)
  const ids = keptIds(disk, image)
  if (ids.file) replaceFile(disk, ...ids.file)
  syncDirectory(disk)
  const changed = image.slots.changed()
  for (const [name, bytes] of changedFiles(image)) {
    replaceFile(disk, name, bytes)
  }
  if (changed.length) syncDirectory(disk, SHARDS)
  replaceFile(disk, snapName(next), snapshotBytes(image, ids))
  syncDirectory(disk)
  prune(disk, next)
}

/** The shard files of the next epoch, those of the GPUs that the log changed, and the files of words that go with them. */
function* changedFiles(image: MaterializedState): Generator<[name: string, bytes: Buffer]> {
  for (const index of image.slots.changed()) {
    const bdf = image.slots.get(index)?.bdf ?? ''
    yield [shardName(bdf, image.epoch + 1), shardBytes(image, index)]
  }
  yield* changedIndexFiles(image)
}

export function shardBytes(image: MaterializedState, index: number): Buffer {
  return withCrc(image.fieldsOf(index).toText())
}
