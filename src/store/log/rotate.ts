import { completeCheckpoints } from '../checkpoint/checkpoint.ts'
import type { Disk } from '../disk/disk.ts'
import { errnoOf } from '../disk/failure.ts'
import { KEPT_EPOCHS, logName } from '../disk/layout.ts'
import { load, newestSnapshot, toNextLog } from '../load.ts'
import type { MaterializedState } from '../materialized-state.ts'
import { beginLog } from './begin-log.ts'

/** So many logs that have ended may wait for their checkpoints: then whatever stands in the way has to be dealt with. */
const MOST_WAITING = 2

/**
 * The image with which changes go on after the log of `image` has ended: the same one, at the beginning of the next log.
 * Whoever makes that log makes the checkpoint too. The others do not wait for it: what it will be they have read. Undefined
 * if the next log is not the one to go on in. Throws what stands in the way of a checkpoint.
 */
export function rotateLog(disk: Disk, image: MaterializedState, schema: number): MaterializedState | undefined {
  const { epoch } = image
  try {
    if (beginLog(disk, epoch + 1)) completeCheckpoints(disk, schema)
    // What changed since its snapshot adds up in an image, and the shards it has not looked at are tidied away in time.
    const next = epoch - image.snapshot < KEPT_EPOCHS ? follow(disk, image) : load(disk, schema)
    if (next === undefined) return undefined
    const newest = newestSnapshot(disk)
    if (next.epoch - newest > MOST_WAITING) completeCheckpoints(disk, schema)
    // Somebody who was long asleep may have made a log anew that had been tidied away: there are newer snapshots then.
    return newest <= next.epoch ? next : undefined
  } catch (error) {
    // We were long asleep ourselves.
    if (errnoOf(error) === 'ENOENT' && newestSnapshot(disk) > epoch) return undefined
    throw error
  }
}

/** Lets an image go on at the beginning of the next log. */
function follow(disk: Disk, image: MaterializedState): MaterializedState {
  toNextLog(image)
  image.identity = disk.files.lstat(`${disk.dir}/${logName(image.epoch)}`).identity
  return image
}
