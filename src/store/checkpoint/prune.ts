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
import { ShardList } from '../slots.ts'
import { canBeShard, parseSnapshot } from './snapshot.ts'

/**
 * Removes what no kept epoch needs, once the snapshot of `current` is durable: logs and snapshots more than KEPT_EPOCHS
 * behind it, shards and ids that no kept snapshot names, and temporary files of older epochs. Snapshots go before what they name.
 * Files of epochs after `current` are never touched, for somebody may be ahead of us; nor is anything that is not ours.
 */
export function prune(disk: Disk, current: number): void {
  const oldest = current - KEPT_EPOCHS
  const { snaps, logs, ids, temporary } = sortListing(disk.files.readdir(disk.dir))
  for (const epoch of snaps) if (epoch < oldest) remove(disk, snapName(epoch))
  const needed = namedFiles(
    disk,
    snaps.filter((epoch) => epoch >= oldest),
  )
  for (const { name, epoch, temporary } of sortShards(disk.files.readdir(`${disk.dir}/${SHARDS}`))) {
    if (temporary ? epoch < current : epoch <= current && needed && !needed.has(name)) remove(disk, name)
  }
  for (const epoch of ids) if (epoch <= current && needed && !needed.has(idsName(epoch))) remove(disk, idsName(epoch))
  for (const { name, epoch } of temporary) if (epoch < current) remove(disk, name)
  for (const epoch of logs) if (epoch < oldest) remove(disk, logName(epoch))
}

/**
 * Which of some files, as they are named in the directory, no kept epoch needs any more: they may be gone, or go at any
 * moment. Of none if one of the snapshots that would tell cannot be read.
 */
export function tidied(disk: Disk, names: readonly string[]): Set<string> {
  const { snaps } = sortListing(disk.files.readdir(disk.dir))
  const oldest = (snaps.at(-1) ?? 0) - KEPT_EPOCHS
  const needed = namedFiles(
    disk,
    snaps.filter((epoch) => epoch >= oldest),
  )
  if (needed === undefined) return new Set()
  return new Set(
    names.filter((name) => {
      const { snaps, logs } = sortListing([name])
      const epoch = snaps[0] ?? logs[0]
      return epoch === undefined ? !needed.has(name) : epoch < oldest
    }),
  )
}

/** The files that snapshots name; undefined if one of them cannot be read, so that nobody can tell. */
function namedFiles(disk: Disk, epochs: readonly number[]): Set<string> | undefined {
  const names = new Set<string>()
  for (const epoch of epochs) {
    try {
      const snapshot = parseSnapshot(readWhole(disk, snapName(epoch)).bytes, Number.MAX_SAFE_INTEGER)
      for (const slot of new ShardList(snapshot.shards)) {
        if (canBeShard(slot.bdf, slot.epoch, epoch)) names.add(shardName(slot.bdf, slot.epoch))
      }
      for (const [group, made] of snapshot.words.entries()) names.add(nameIndexName(group, made))
      for (const made of snapshot.idFiles) names.add(idsName(made))
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') return undefined
    }
  }
  return names
}

function remove(disk: Disk, name: string): void {
  unlessErrno('ENOENT', () => disk.files.unlink(`${disk.dir}/${name}`))
}
