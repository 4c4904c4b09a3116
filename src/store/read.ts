import { resolve } from 'node:path'
import type { StateContract } from '../contract/state-contract.ts'
import { NvError } from '../errors/nv-error.ts'
import { checkDirectory } from './disk/directory-check.ts'
import type { Disk } from './disk/disk.ts'
import { damaged, errnoOf, refusal } from './disk/failure.ts'
import { type Files, nodeFiles } from './disk/files.ts'
import { KEPT_EPOCHS, SHARDS } from './disk/layout.ts'
import { StateView } from './lazy-state.ts'
import { load, newestSnapshot } from './load.ts'
import type { MaterializedState } from './materialized-state.ts'
import type { StateTree } from './model.ts'

export interface Place {
  readonly disk: Disk
  /** the user who has to own the directory */
  readonly uid: number
}

interface PlaceOptions {
  readonly dir: string
  readonly files?: Files
  readonly uid?: number
  readonly contract?: StateContract | undefined
}

/** Thrown for a GPU that is first read so long after its state that its file has been pruned. */
export class StaleState extends NvError {}

/** Names a state directory, which need not exist. Reads nothing. */
export function placeOf(options: PlaceOptions): Place {
  const { dir, files = nodeFiles, uid = process.geteuid?.() ?? 0, contract } = options
  if (dir === '' || dir.includes('\0')) {
    const message = 'the state directory has no usable name'
    throw new NvError({ errno: 'EINVAL', code: 'invalid-argument', at: 'store', message })
  }
  return { disk: { files, dir: resolve(dir), owner: uid, contract }, uid }
}

/**
 * The state now, or undefined if the directory has no change. GPUs are read on first use. Writes nothing, waits for nobody.
 * A reader loads no other part of the store than this.
 * Throws NvError: `permission`, `corrupt`, `newer-schema`, `network-filesystem`, `invalid-argument`, `io-error`.
 */
export function readState<S extends StateTree>(place: Place, schema: number): StateView<S> | undefined {
  const state = loadState(place, schema, 'store read')
  return state?.rooted ? viewOf<S>(place.disk, state) : undefined
}

/** The state of a directory, not rooted if it has only an empty log; undefined if it has not even that. */
export function loadState({ disk, uid }: Place, schema: number, at: string): MaterializedState | undefined {
  return fileStep(disk, at, () => (checkDirectory(disk, uid) ? load(disk, schema) : undefined))
}

/** A view of a state, in the newest schema. `earlier` is one of the same state, if all of its changes were committed. */
export function viewOf<S extends StateTree>(
  disk: Disk,
  state: MaterializedState,
  earlier?: StateView<S>,
): StateView<S> {
  const describe = (error: unknown) =>
    errnoOf(error) === 'ENOENT'
      ? missingFile(disk, state, SHARDS, 'lacks the file of a GPU that the snapshot names', error)
      : refusal(error, 'store read', disk.dir)
  const current = state.current()
  return new StateView<S>(current, describe, current === state ? earlier : undefined)
}

/** The error for a file that the snapshot of `state` names and that is missing: damage, or a state read long ago. */
export function missingFile(disk: Disk, state: MaterializedState, name: string, problem: string, cause: unknown) {
  if (newestSnapshot(disk) <= state.snapshot) return damaged(disk.dir, name, problem, cause)
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

/** Runs a step. The errors of its file operations become refusals. */
export function fileStep<T>(disk: Disk, at: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw refusal(error, at, disk.dir)
  }
}
