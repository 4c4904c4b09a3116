import { completeCheckpoints } from '../checkpoint/checkpoint.ts'
import type { Disk } from '../disk/disk.ts'
import { errnoOf } from '../disk/failure.ts'
import { KEPT_EPOCHS, logName, snapName } from '../disk/layout.ts'
import { load, newestSnapshot, toNextLog } from '../load.ts'
import type { MaterializedState } from '../materialized-state.ts'
import { beginLog } from './begin-log.ts'

/** Number of ended logs that may wait for their checkpoints before a writer has to complete them. */
const MOST_WAITING = 2

/**
 * Goes on to the next log after that of `state` has ended. The process that begins the log makes the checkpoint; the others
 * do not wait for it, since they have read its content. Undefined if the next log is not the one to go on in. Throws the
 * error that keeps a checkpoint from being completed.
 */
export function rotateLog(disk: Disk, state: MaterializedState, schema: number): MaterializedState | undefined {
  const { epoch } = state
  try {
    if (beginLog(disk, epoch + 1)) completeCheckpoints(disk, schema)
    // Shards that this state has not read are pruned in time: then it is loaded again.
    const next = epoch - state.snapshot < KEPT_EPOCHS ? follow(disk, state) : load(disk, schema)
    if (next === undefined) return undefined
    const newest = newestSnapshot(disk)
    if (newest > 0) next.snapshotSize = disk.files.lstat(`${disk.dir}/${snapName(newest)}`).size
    if (next.epoch - newest > MOST_WAITING) completeCheckpoints(disk, schema)
    // A process that slept for long may have begun a log that had been pruned: then there are newer snapshots.
    return newest <= next.epoch ? next : undefined
  } catch (error) {
    // This process slept for long.
    if (errnoOf(error) === 'ENOENT' && newestSnapshot(disk) > epoch) return undefined
    throw error
  }
}

function follow(disk: Disk, state: MaterializedState): MaterializedState {
  toNextLog(state)
  state.identity = disk.files.lstat(`${disk.dir}/${logName(state.epoch)}`).identity
  return state
}
