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
 * Appends a record that was computed from `image`, reads back what the kernel made of the race, and makes it durable if it
 * won: one write, one fdatasync, and none for a loser. `short` is a loser whose record was cut by the kernel. The image is
 * brought up to date only where others wrote too: if nothing but the record came it has won, and a process that ends with
 * that need not read it.
 *
 * Throws what write(2) throws, when nothing has changed; and NvError `outcome-unknown` once the record may be seen by others
 * and it cannot be told or promised that it stays.
 */
export function append(
  disk: Disk,
  fd: number,
  image: MaterializedState,
  bytes: Buffer,
  id: string,
): 'won' | 'lost' | 'short' {
  let written: number
  try {
    written = disk.files.write(fd, bytes)
  } catch (error) {
    if (errnoOf(error) === undefined || !isSeen(disk, fd, image, id)) throw withRoom(disk, error, bytes.length)
    written = bytes.length
  }
  try {
    const tail = readTail(disk, fd, logName(image.epoch), image.offset)
    if (!tail.equals(bytes)) {
      replay(disk, image, tail)
      if (!image.ids.has(id)) return written < bytes.length ? 'short' : 'lost'
    }
  } catch (error) {
    throw isTrouble(error) ? outcomeUnknown(disk, error) : error
  }
  sync(disk, fd, image)
  return 'won'
}

/** Makes what `image` has read from its log durable. Throws NvError `outcome-unknown` if the disk does not confirm it. */
export function sync(disk: Disk, fd: number, image: MaterializedState): void {
  try {
    disk.files.fdatasync(fd)
  } catch (error) {
    if (!isTrouble(error)) throw error
    rescue(disk, fd, image)
    throw outcomeUnknown(disk, error)
  }
}

/** Reads what has been appended since the image was last brought up to date. */
export function catchUp(disk: Disk, fd: number, image: MaterializedState): void {
  replay(disk, image, readTail(disk, fd, logName(image.epoch), image.offset))
}

/** Whether others have made changes since `image` was brought up to date, as it is now: what was computed from it would lose. */
export function isPast(disk: Disk, fd: number, image: MaterializedState): boolean {
  const { seq } = image
  catchUp(disk, fd, image)
  return image.seq !== seq || image.sealed
}

/** Ends the log of `image`, or sees that somebody has. */
export function seal(disk: Disk, fd: number, image: MaterializedState): void {
  catchUp(disk, fd, image)
  while (!image.sealed) {
    const bytes = frame({ b: image.seq, seal: true })
    if (disk.files.write(fd, bytes) < bytes.length) throw diskFull(disk, bytes.length)
    catchUp(disk, fd, image)
  }
}

/** Opens the log the image follows, for appending; undefined if the name no longer stands for the file that was read. */
export function openLog(disk: Disk, image: MaterializedState): number | undefined {
  const fd = openLive(disk, image.epoch)
  if (fd === undefined) return undefined
  let same = false
  try {
    same = openFacts(disk, fd, logName(image.epoch)).identity === image.identity
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
 * Makes the directory and its first log for `image`, which has neither; undefined if the directory has got a history
 * meanwhile. Neither is synced: on ext4, XFS and btrfs the fdatasync of a new file's first record carries its name, and
 * that of a new directory above it, along.
 */
export function createFirstLog(disk: Disk, image: MaterializedState, uid: number): number | undefined {
  if (!checkDirectory(disk, uid)) {
    makeDirectory(disk)
    checkDirectory(disk, uid)
  }
  const path = `${disk.dir}/${logName(0)}`
  const created = unlessErrno('EEXIST', () => disk.files.close(disk.files.open(path, 'create')))
  // A first log that could be made although there are snapshots is one that was tidied away: nobody would read it.
  if (created && list(disk)?.snaps.length) return undefined
  const fd = openLive(disk, 0)
  if (fd === undefined) return undefined
  try {
    image.identity = openFacts(disk, fd, logName(0)).identity
  } catch (error) {
    release(disk, fd)
    throw error
  }
  return fd
}

/** The refusal of a change for which there is no room. */
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

/** After a write that failed: whether the record is in the log all the same. */
function isSeen(disk: Disk, fd: number, image: MaterializedState, id: string): boolean {
  try {
    catchUp(disk, fd, image)
    return image.ids.has(id)
  } catch (error) {
    if (!isTrouble(error)) throw error
    return false
  }
}

/**
 * A sync that failed may have dropped pages that later syncs will call clean, with the records of others to stand on them.
 * New files do not have that past: try to carry the state over. Whether that works does not change the answer.
 */
function rescue(disk: Disk, fd: number, image: MaterializedState): void {
  try {
    seal(disk, fd, image)
    completeCheckpoints(disk, Number.MAX_SAFE_INTEGER)
  } catch (error) {
    if (!isTrouble(error)) throw error
  }
}

/** Whether an error is the disk's, and not a bug of ours that nobody may mistake for one. */
function isTrouble(error: unknown): boolean {
  return error instanceof NvError || errnoOf(error) !== undefined
}

function outcomeUnknown(disk: Disk, cause: unknown): NvError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new NvError({
    errno: 'EIO',
    code: 'outcome-unknown',
    at: 'store commit',
    message: `the change was written to ${disk.dir}, but whether it will stay could not be confirmed: ${why}`,
    hint: 'nvgpu host history, and look at the disk before repeating it',
    object: disk.dir,
    cause,
  })
}

function withRoom(disk: Disk, error: unknown, needed: number): unknown {
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
