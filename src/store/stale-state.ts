import { NvError } from '../errors/nv-error.ts'
import type { Disk } from './disk/disk.ts'
import { damaged } from './disk/failure.ts'
import { KEPT_EPOCHS } from './disk/layout.ts'
import { list } from './load.ts'
import type { MaterializedState } from './materialized-state.ts'

/** A GPU was first looked at so long after the state was read that its file of then has been tidied away. */
export class StaleState extends NvError {}

/** What it means that a file which the snapshot of `image` names is not there. */
export function missingFile(
  disk: Disk,
  image: MaterializedState,
  name: string,
  problem: string,
  cause: unknown,
): NvError {
  const newest = list(disk)?.snaps.at(-1) ?? 0
  if (newest <= image.snapshot) return damaged(disk.dir, name, problem, cause)
  return new StaleState({
    errno: 'ESTALE',
    code: 'contention',
    at: 'store read',
    message: `the state in ${disk.dir} has moved on by more than ${KEPT_EPOCHS} checkpoints since it was read`,
    hint: 'repeat the command',
    object: disk.dir,
    cause,
  })
}
