import { type Disk, readWhole, unlessErrno } from '../disk/disk.ts'
import { errnoOf } from '../disk/failure.ts'
import {
  idsName,
  KEPT_EPOCHS,
  logName,
  nameIndexName,
  SHARDS,
  shardName,
  snapName,
  sortListing,
  sortShards,
} from '../disk/layout.ts'
import { canBeShard, parseSnapshot } from './snapshot.ts'

/**
 * Removes the files that no kept epoch needs, once the snapshot of `current` is durable: snapshots and logs more than
 * KEPT_EPOCHS behind it, shards and ids that no kept snapshot names, temporary files of older epochs. Snapshots are removed
 * before the files they name. Files of later epochs stay, for another process may be ahead; so do foreign files.
 */
export function prune(disk: Disk, current: number): void {
  const oldest = current - KEPT_EPOCHS
  const { snaps, logs, ids, temporary } = sortListing(disk.files.readdir(disk.dir))
  for (const epoch of snaps) if (epoch < oldest) remove(disk, snapName(epoch))
  const needed = namedFiles(disk, snaps, oldest)
  for (const { name, epoch, temporary } of sortShards(disk.files.readdir(`${disk.dir}/${SHARDS}`))) {
    if (temporary ? epoch < current : epoch <= current && needed && !needed.has(name)) remove(disk, name)
  }
  for (const epoch of ids) if (epoch <= current && needed && !needed.has(idsName(epoch))) remove(disk, idsName(epoch))
  for (const { name, epoch } of temporary) if (epoch < current) remove(disk, name)
  for (const epoch of logs) if (epoch < oldest) remove(disk, logName(epoch))
}

/** The given files that no kept epoch needs. Empty if a snapshot that would tell cannot be read. */
export function unneeded(disk: Disk, names: readonly string[]): Set<string> {
  const { snaps } = sortListing(disk.files.readdir(disk.dir))
  const oldest = (snaps.at(-1) ?? 0) - KEPT_EPOCHS
  const needed = namedFiles(disk, snaps, oldest)
  if (needed === undefined) return new Set()
  return new Set(
    names.filter((name) => {
      const { snaps, logs } = sortListing([name])
      const epoch = snaps[0] ?? logs[0]
      return epoch === undefined ? !needed.has(name) : epoch < oldest
    }),
  )
}

/** The files that the snapshots from `oldest` on name; undefined if one of them cannot be read. */
function namedFiles(disk: Disk, snaps: readonly number[], oldest: number): Set<string> | undefined {
  const names = new Set<string>()
  for (const epoch of snaps.filter((epoch) => epoch >= oldest)) {
    try {
      const { shards, indexEpochs, idFiles } = parseSnapshot(
        readWhole(disk, snapName(epoch)).bytes,
        Number.MAX_SAFE_INTEGER,
      )
      for (const shard of shards) if (canBeShard(shard, epoch)) names.add(shardName(shard.bdf, shard.epoch))
      for (const [group, written] of indexEpochs.entries()) names.add(nameIndexName(group, written))
      for (const written of idFiles) names.add(idsName(written))
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return undefined
    }
  }
  return names
}

function remove(disk: Disk, name: string): void {
  unlessErrno('ENOENT', () => disk.files.unlink(`${disk.dir}/${name}`))
}
