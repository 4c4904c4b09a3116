import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { destination, ownDescriptor } from './destination.ts'

/**
 * Creates or replaces a file; it is on the disk when this returns. A file behind a link is replaced where it is, and keeps
 * its permissions. Pipes, devices and descriptors such as /dev/stdout are written to as they are, without a sync.
 */
export function writeFile(path: string, bytes: Uint8Array): void {
  const old = statSync(path, { throwIfNoEntry: false })
  const descriptor = old?.isFile() ? ownDescriptor(path) : undefined
  if (descriptor !== undefined) writeFileSync(descriptor, bytes)
  else if (old && !old.isFile()) writeFileSync(path, bytes)
  else putInPlace(destination(path), (temporary) => writeNew(temporary, bytes, old?.mode))
}

/**
 * Makes something under another name beside its place and renames it: a crash leaves the old or the new. It is on the disk,
 * name and all, when this returns.
 * @param make has to sync what it makes
 */
export function putInPlace(place: string, make: (temporary: string) => void): void {
  const temporary = freeName(place)
  try {
    make(temporary)
    renameSync(temporary, place)
  } catch (error) {
    // one that is there belongs to somebody else
    if (errnoOf(error) !== 'EEXIST') discard(temporary)
    throw error
  }
  try {
    syncPath(dirname(place))
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error
    // A directory that may be written and not read cannot be opened. ext4, XFS and btrfs sync a name with its file.
    syncPath(place)
  }
}

/** @param mode permissions, whatever the umask; it has its say where they are left out */
function writeNew(path: string, bytes: Uint8Array, mode: number | undefined): void {
  const fd = openSync(path, 'wx', mode ?? 0o666)
  try {
    writeFileSync(fd, bytes)
    if (mode !== undefined) fchmodSync(fd, mode & 0o7777)
    sync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Syncs a file, or the names in a directory. */
export function syncPath(path: string): void {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    sync(fd)
  } finally {
    closeSync(fd)
  }
}

/**
 * Makes a directory and those above it, where they are not there yet, and syncs their names. Node's own way to do so never
 * ends in /proc, where the parent is there and nothing can be made in it.
 */
export function makeDirs(dir: string): void {
  const place = resolve(dir)
  try {
    mkdirSync(place)
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'EEXIST') {
      // says what it is, if it is no directory
      readdirSync(place)
      return
    }
    if (code !== 'ENOENT' || dirname(place) === place) throw error
    makeDirs(dirname(place))
    mkdirSync(place)
  }
  syncPath(dirname(place))
}

/** What fsync says on a file system that has no syncs. */
const NO_SYNC: readonly unknown[] = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

function sync(fd: number): void {
  try {
    fsyncSync(fd)
  } catch (error) {
    if (!NO_SYNC.includes(errnoOf(error))) throw error
  }
}

/** A process of the same number may have been killed here before. */
function freeName(place: string): string {
  for (let attempt = 0; ; attempt += 1) {
    const name = `${place}.${process.pid}${attempt === 0 ? '' : `-${attempt}`}.tmp`
    if (!lstatSync(name, { throwIfNoEntry: false })) return name
  }
}

/** What stood in the way of writing may stand in the way of this too; that is told already. */
function discard(temporary: string): void {
  try {
    rmSync(temporary, { recursive: true, force: true })
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

function errnoOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
