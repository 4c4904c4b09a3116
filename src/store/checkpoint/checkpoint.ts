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
 * Completes the checkpoints of all logs that have ended. A checkpoint is a pure function of the snapshot before it and its
 * log, so any number of processes may complete it at once, or after one of them died half-way.
 */
export function completeCheckpoints(disk: Disk, schema: number): void {
  while (completeCheckpoint(disk, newestSnapshot(disk), schema));
}

/** Whether there is a snapshot after that of `epoch` now; false if its log goes on. */
export function completeCheckpoint(disk: Disk, epoch: number, schema: number): boolean {
  try {
    const state = loadEpoch(disk, epoch, schema)
    if (!state.sealed) return false
    publish(disk, state)
  } catch (error) {
    // Another process completed it, and pruned a file that this one was reading or writing.
    if (errnoOf(error) !== 'ENOENT' || newestSnapshot(disk) <= epoch) throw error
  }
  return true
}

/**
 * Writes the snapshot after `state` and the shards that changed. The order survives a power cut: the new log has its name
 * before the snapshot that needs it, shards and ids before the snapshot that names them, and older epochs are removed only
 * when the name of the snapshot is durable.
 */
function publish(disk: Disk, state: MaterializedState): void {
  const next = state.epoch + 1
  unlessErrno('EEXIST', () => disk.files.mkdir(`${disk.dir}/${SHARDS}`))
  beginLog(disk, next)
  const ids = keptIds(disk, state)
  if (ids.file) replaceFile(disk, ...ids.file)
  syncDirectory(disk)
  const changed = state.changedShards()
  for (const index of changed) replaceFile(disk, ...shardFile(state, index))
  for (const file of changedIndexFiles(state)) replaceFile(disk, ...file)
  if (changed.length) syncDirectory(disk, SHARDS)
  replaceFile(disk, snapName(next), snapshotBytes(state, ids))
  syncDirectory(disk)
  prune(disk, next)
}

/** The shard file of a GPU in the next epoch. */
export function shardFile(state: MaterializedState, index: number): [name: string, bytes: Buffer] {
  const fields = state.fieldsOf(index)
  return [shardName(state.shards[index]?.bdf ?? '', state.epoch + 1), withCrc(fields.toText())]
}
