import type { Disk } from '../disk/disk.ts'
import { damaged } from '../disk/failure.ts'
import { logName } from '../disk/layout.ts'
import { PatchError } from '../json/patch.ts'
import type { MaterializedState } from '../materialized-state.ts'
import { damageOf } from './cut-record.ts'
import { type CommitRecord, type Line, readLines } from './record.ts'

/** How far a log has been read. */
export interface Position {
  readonly epoch: number
  /** number of changes in history so far */
  seq: number
  /** where reading goes on, in bytes */
  offset: number
  /** whether the log has ended */
  sealed: boolean
  /** whether the log has a stretch of zeros: sectors that a power cut took, of records that were never acknowledged */
  hole: boolean
}

/** Applies a piece of the log of `state.epoch` to the state, and calls `each` after each change. A salvage skips damaged records. */
export function replay(
  disk: Disk,
  state: MaterializedState,
  bytes: Buffer,
  salvage = false,
  each: () => void = () => {},
): void {
  replayRecords(disk, state, bytes, salvage, (record) => {
    if (!state.rooted && record.p[0]?.[0].length !== 0)
      throw new PatchError('the first change does not carry the whole state')
    state.applyPatch(record.p)
    state.ids.set(record.i, record.b + 1)
    each()
  })
}

/**
 * Visits the records of a piece of a log that are part of history: their base is the sequence number reached. All others
 * lost their race. Stops at the seal. Throws NvError `corrupt` for a line that is not a record and cannot come from a cut; a
 * salvage skips it.
 *
 * A base ahead of the sequence number means that a record is missing. That is in order if a power cut took sectors that were
 * never synced, which read as zeros. Without such a hole an acknowledged record is damaged.
 */
export function replayRecords(
  disk: Disk,
  position: Position,
  bytes: Buffer,
  salvage: boolean,
  visit: (record: CommitRecord) => void,
): void {
  const start = position.offset
  position.offset += readLines(bytes, (line) => {
    if (position.sealed) return
    try {
      replayLine(position, bytes, line, salvage, visit)
    } catch (error) {
      if (!(error instanceof PatchError)) throw error
      const problem = `is damaged at byte ${start + line.start}: ${error.message}`
      throw damaged(disk.dir, logName(position.epoch), problem, error)
    }
  })
}

function replayLine(
  position: Position,
  bytes: Buffer,
  { start, end, record }: Line,
  salvage: boolean,
  visit: (record: CommitRecord) => void,
): void {
  if (record === undefined) {
    const damage = salvage ? undefined : damageOf(bytes, start, end, position.offset)
    if (damage !== undefined) throw new PatchError(damage)
    position.hole ||= bytes.subarray(start, end).includes(0)
    return
  }
  if (record.b > position.seq && !position.hole && !salvage) {
    throw new PatchError(`change ${record.b + 1} follows change ${position.seq}: what was between is damaged`)
  }
  if (record.b !== position.seq) return
  if ('seal' in record) {
    position.sealed = true
    return
  }
  visit(record)
  position.seq = record.b + 1
}
