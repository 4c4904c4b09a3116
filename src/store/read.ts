import { resolve } from 'node:path'
import type { StateContract } from '../contract/state-contract.ts'
import { NvError } from '../errors/nv-error.ts'
import { checkDirectory } from './disk/directory-check.ts'
import type { Disk } from './disk/disk.ts'
import { errnoOf, refusal } from './disk/failure.ts'
import { type Files, nodeFiles } from './disk/files.ts'
import { SHARDS } from './disk/layout.ts'
import { StateView } from './lazy-state.ts'
import { load } from './load.ts'
import type { MaterializedState } from './materialized-state.ts'
import type { StateTree } from './model.ts'
import { missingFile } from './stale-state.ts'

export interface Place {
  readonly disk: Disk
  /** who has to own the directory */
  readonly uid: number
}

interface PlaceOptions {
  readonly dir: string
  readonly files?: Files
  readonly uid?: number
  readonly contract?: StateContract | undefined
}

/** Names a state directory, which need not exist. Touches nothing: the directory is looked at when it is used. */
export function placeOf(options: PlaceOptions): Place {
  const { dir, files = nodeFiles, uid = process.geteuid?.() ?? 0, contract } = options
  if (dir === '' || dir.includes('\0')) {
    const message = 'the state directory has no usable name'
    throw new NvError({ errno: 'EINVAL', code: 'invalid-argument', at: 'store', message })
  }
  return { disk: { files, dir: resolve(dir), owner: uid, contract }, uid }
}

/**
 * The state now, or undefined if nothing was ever changed in the directory. GPUs are read when they are looked at. Writes
 * nothing, waits for nobody. This is all that a reader has to load of the store.
 * Throws NvError: `permission`, `corrupt`, `newer-schema`, `network-filesystem`, `invalid-argument`, `io-error`.
 */
export function readState<S extends StateTree>(place: Place, schema: number): StateView<S> | undefined {
  const image = loadMaterialized(place, schema, 'store read')
  return image?.rooted ? viewOf<S>(place.disk, image) : undefined
}

/** The image of a directory, not rooted if it has no more than an empty log; undefined if it has not even that. */
export function loadMaterialized({ disk, uid }: Place, schema: number, at: string): MaterializedState | undefined {
  return fileStep(disk, at, () => (checkDirectory(disk, uid) ? load(disk, schema) : undefined))
}

/** A view from an image, in the newest schema; what goes wrong with a shard is said in a user's words. */
export function viewOf<S extends StateTree>(disk: Disk, image: MaterializedState): StateView<S> {
  const failed = (error: unknown) =>
    errnoOf(error) === 'ENOENT'
      ? missingFile(disk, image, SHARDS, 'lacks the file of a GPU that the snapshot names', error)
      : refusal(error, 'store read', disk.dir)
  return new StateView<S>(image.current(), failed)
}

/** Runs a step; what its file operations throw becomes a refusal. */
export function fileStep<T>(disk: Disk, at: string, step: () => T): T {
  try {
    return step()
  } catch (error) {
    throw refusal(error, at, disk.dir)
  }
}
