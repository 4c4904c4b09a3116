import type { NvError } from '../errors/nv-error.ts'
import { type Disk, readWhole } from './disk/disk.ts'
import { damaged, errnoOf } from './disk/failure.ts'
import { logName, snapName } from './disk/layout.ts'
import type { Patch } from './json/diff.ts'
import { list, loadSnapshot } from './load.ts'
import type { CommitRecord } from './log/record.ts'
import { replayRecords } from './log/replay.ts'

/** One change of the state, as it was recorded. */
export interface HistoryEntry {
  /** 1 for the first change of the directory */
  readonly seq: number
  readonly id: string
  readonly time: string
  readonly command: string
  /** what it changed; that of change 1 starts by setting the whole initial state */
  readonly patch: Patch
}

/**
 * The newest `limit` changes that the kept logs have, the newest last and without gaps. Reads from the newest log backwards,
 * and no further than it has to. Which records won follows from the sequence number each snapshot starts at. Throws NvError
 * `corrupt` if there were changes and what they were is missing: that none was made would not be true.
 */
export function history(disk: Disk, schema: number, limit: number): HistoryEntry[] {
  const { snaps = [], logs = [] } = list(disk) ?? {}
  const newest = logs.at(-1)
  let entries: HistoryEntry[] = []
  if (newest === undefined) return entries
  // Without its snapshot a log's first number is unknown: those after the last snapshot are read on from there.
  const last = snaps.at(-1) ?? 0
  let oldest = last + 1
  for (let epoch = last; epoch >= 0 && logs.includes(epoch) && entries.length < limit; epoch--) {
    try {
      const winners = winnersOf(disk, epoch, epoch === last ? newest : epoch, startOf(disk, epoch, schema))
      entries = [...winners, ...entries]
      oldest = epoch
    } catch (error) {
      // Tidied away by somebody's checkpoint: this is where the kept history starts by now.
      if (errnoOf(error) !== 'ENOENT' || epoch === last) throw error
      break
    }
  }
  if (limit > 0 && entries.length === 0 && oldest > 0) {
    // So many checkpoints may have been made meanwhile that all that was listed is gone.
    if ((list(disk)?.snaps.at(-1) ?? 0) !== last) return history(disk, schema, limit)
    throw missingBefore(disk, oldest)
  }
  return entries.slice(Math.max(entries.length - limit, 0))
}

function missingBefore(disk: Disk, epoch: number): NvError {
  const before = epoch - 1
  const name = list(disk)?.logs.includes(before) ? snapName(before) : logName(before)
  return damaged(disk.dir, name, 'is missing: what was changed before it is not known')
}

function startOf(disk: Disk, epoch: number, schema: number): number {
  return epoch === 0 ? 0 : loadSnapshot(disk, epoch, schema).seq
}

function winnersOf(disk: Disk, first: number, last: number, start: number): HistoryEntry[] {
  const entries: HistoryEntry[] = []
  // A log beyond one that goes on is none of this host's.
  for (let epoch = first, sealed = true; sealed && epoch <= last; epoch++) {
    const position = { epoch, seq: start + entries.length, offset: 0, sealed: false, hole: false }
    replayRecords(disk, position, readWhole(disk, logName(epoch)).bytes, false, (record) =>
      entries.push(entryOf(record)),
    )
    sealed = position.sealed
  }
  return entries
}

function entryOf({ b, i, t, c, p }: CommitRecord): HistoryEntry {
  return { seq: b + 1, id: i, time: t, command: c, patch: p }
}
