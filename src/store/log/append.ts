import { NvError } from '../../errors/nv-error.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { completeCheckpoints } from '../checkpoint/checkpoint.ts'
import { checkDirectory, makeDirectory } from '../disk/directory-check.ts'
import { type Disk, openFacts, readTail, release, unlessErrno } from '../disk/disk.ts'
import { errnoOf, refusal } from '../disk/failure.ts'
import { logName } from '../disk/layout.ts'
import { list } from '../load.ts'
import type { MaterializedState } from '../materialized-state.ts'
import { frame } from './record.ts'
import { replay } from './replay.ts'

/**
 * Appends a record that was computed from `state`, reads the log back to see who won the race, and makes the record durable
 * if it won: one write and one fdatasync, and no fdatasync for a loser. `short` is a loser of which the kernel wrote only a
 * part. Brings the state up to date.
 *
 * Throws the errors of write(2), when nothing has changed. Throws NvError `outcome-unknown` if the record may be visible to
 * others and its durability cannot be confirmed. A deferred record is not made durable: the caller syncs the log.
 */
export function append(
  disk: Disk,
  fd: number,
  state: MaterializedState,
  bytes: Buffer,
  id: string,
  isDeferred = false,
): 'won' | 'lost' | 'short' {
  let written: number
  try {
    written = disk.files.write(fd, bytes)
  } catch (error) {
    if (errnoOf(error) === undefined || !isSeen(disk, fd, state, id)) throw writeError(disk, error, bytes.length)
    written = bytes.length
  }
  try {
    catchUp(disk, fd, state)
    if (!state.ids.has(id)) return written < bytes.length ? 'short' : 'lost'
  } catch (error) {
    throw isDiskError(error) ? outcomeUnknown(disk, error) : error
  }
  if (!isDeferred) sync(disk, fd, state)
  return 'won'
}

/** Makes the part of the log that `state` has read durable. Throws NvError `outcome-unknown` if the disk does not confirm it. */
export function sync(disk: Disk, fd: number, state: MaterializedState): void {
  try {
    disk.files.fdatasync(fd)
  } catch (error) {
    if (!isDiskError(error)) throw error
    rescue(disk, fd, state)
    throw outcomeUnknown(disk, error)
  }
}

/** Makes the log of an epoch durable. One that has been removed was durable when the next one was begun. */
export function syncEpoch(disk: Disk, epoch: number, state: MaterializedState | undefined): void {
  const fd = openLive(disk, epoch)
  if (fd === undefined) return
  try {
    if (state?.epoch === epoch) sync(disk, fd, state)
    else disk.files.fdatasync(fd)
  } catch (error) {
    throw isDiskError(error) ? outcomeUnknown(disk, error) : error
  } finally {
    release(disk, fd)
  }
}

/** Applies the records that were appended since the state was last brought up to date. */
export function catchUp(disk: Disk, fd: number, state: MaterializedState): void {
  replay(disk, state, readTail(disk, fd, logName(state.epoch), state.offset))
}

/** Brings the state up to date. True if others have made changes: a record computed from it before would lose. */
export function isPast(disk: Disk, fd: number, state: MaterializedState): boolean {
  const { seq } = state
  catchUp(disk, fd, state)
  return state.seq !== seq || state.sealed
}

/** Whether the log of `state` has nothing that the state lacks. */
export function isRead({ files, dir }: Disk, state: MaterializedState): boolean {
  const { size, identity } = files.lstat(`${dir}/${logName(state.epoch)}`)
  return size === state.offset && identity === state.identity
}

/** Ends the log of `state`, unless another process has. */
export function seal(disk: Disk, fd: number, state: MaterializedState): void {
  catchUp(disk, fd, state)
  while (!state.sealed) {
    const bytes = frame({ b: state.seq, seal: true })
    if (disk.files.write(fd, bytes) < bytes.length) throw diskFull(disk, bytes.length)
    catchUp(disk, fd, state)
  }
}

/** Opens the log the state follows, for appending; undefined if its name now means another file. */
export function openLog(disk: Disk, state: MaterializedState): number | undefined {
  const fd = openLive(disk, state.epoch)
  if (fd === undefined) return undefined
  let same = false
  try {
    same = openFacts(disk, fd, logName(state.epoch)).identity === state.identity
  } finally {
    if (!same) release(disk, fd)
  }
  return same ? fd : undefined
}

function openLive(disk: Disk, epoch: number): number | undefined {
  try {
    return disk.files.open(`${disk.dir}/${logName(epoch)}`, 'append')
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Creates the directory and its first log for `state`, which has neither; undefined if the directory has got a history
 * meanwhile. Neither is synced: on ext4, XFS and btrfs the fdatasync of the first record of a new file also makes the names
 * of the file and of a new directory durable.
 */
export function createFirstLog(disk: Disk, state: MaterializedState, uid: number): number | undefined {
  if (!checkDirectory(disk, uid)) {
    makeDirectory(disk)
    checkDirectory(disk, uid)
  }
  const path = `${disk.dir}/${logName(0)}`
  const created = unlessErrno('EEXIST', () => disk.files.close(disk.files.open(path, 'create')))
  // If there are snapshots the first log had been pruned: nobody would read this one.
  if (created && list(disk)?.snaps.length) return undefined
  const fd = openLive(disk, 0)
  if (fd === undefined) return undefined
  try {
    state.identity = openFacts(disk, fd, logName(0)).identity
  } catch (error) {
    release(disk, fd)
    throw error
  }
  return fd
}

/** The error for a change for which there is no space. */
export function diskFull(disk: Disk, needed: number, cause?: unknown): NvError {
  return new NvError({
    errno: 'ENOSPC',
    code: 'disk-full',
    at: 'store commit',
    message: `there is no room for the change in ${disk.dir}: ${room(disk, needed)}; nothing was changed`,
    hint: `df -h ${shellQuote(disk.dir)}`,
    object: disk.dir,
    cause,
  })
}

/** After a write that failed: whether the record is in the log nevertheless. */
function isSeen(disk: Disk, fd: number, state: MaterializedState, id: string): boolean {
  try {
    catchUp(disk, fd, state)
    return state.ids.has(id)
  } catch (error) {
    if (!isDiskError(error)) throw error
    return false
  }
}

/**
 * After a failed sync the kernel may have dropped pages that later syncs report as clean. New files are not affected: this
 * tries to carry the state over to them. The outcome stays unknown either way.
 */
function rescue(disk: Disk, fd: number, state: MaterializedState): void {
  try {
    seal(disk, fd, state)
    completeCheckpoints(disk, Number.MAX_SAFE_INTEGER)
  } catch (error) {
    if (!isDiskError(error)) throw error
  }
}

/** Whether an error comes from the disk; anything else is a bug. */
function isDiskError(error: unknown): boolean {
  return error instanceof NvError || errnoOf(error) !== undefined
}

function outcomeUnknown(disk: Disk, cause: unknown): NvError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new NvError({
    errno: 'EIO',
    code: 'outcome-unknown',
    at: 'store commit',
    message: `the change was written to ${disk.dir}, but whether it will stay could not be confirmed: ${why}`,
    hint: 'nvgpu host history --max 5',
    object: disk.dir,
    cause,
  })
}

function writeError(disk: Disk, error: unknown, needed: number): unknown {
  const errno = errnoOf(error)
  return errno === 'ENOSPC' ? diskFull(disk, needed, error) : refusal(error, 'store commit', disk.dir)
}

function room(disk: Disk, needed: number): string {
  try {
    const { free } = disk.files.statfs(disk.dir)
    const missing = needed > free ? `, ${needed - free} too few` : ''
    return `it takes ${needed} bytes and ${free} are free${missing}`
  } catch {
    return `it takes ${needed} bytes`
  }
}
