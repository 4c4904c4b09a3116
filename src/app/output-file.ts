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
 * Creates or replaces a file, which is on the disk when this returns. The target of a link is replaced in its place and
 * keeps its permissions. Pipes, devices and descriptors such as /dev/stdout are written in place, without a sync.
 */
export function writeFile(path: string, bytes: Uint8Array): void {
  const old = statSync(path, { throwIfNoEntry: false })
  const descriptor = old?.isFile() ? ownDescriptor(path) : undefined
  if (descriptor !== undefined) writeFileSync(descriptor, bytes)
  else if (old && !old.isFile()) writeFileSync(path, bytes)
  else putInPlace(destination(path), (temporary) => writeNew(temporary, bytes, old?.mode))
}

/** Appends to a file, without a sync: a log that grows line by line. */
export function appendFile(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'a')
  try {
    writeFileSync(fd, bytes)
  } finally {
    closeSync(fd)
  }
}

/**
 * Writes something under a temporary name in the same directory and renames it: after a crash there is the old one or
 * the new one. It is on the disk under its name when this returns.
 * @param make has to sync its output
 */
export function putInPlace(place: string, make: (temporary: string) => void): void {
  const temporary = freeName(place)
  try {
    make(temporary)
    renameSync(temporary, place)
  } catch (error) {
    // An existing one belongs to another process.
    if (errnoOf(error) !== 'EEXIST') discard(temporary)
    throw error
  }
  try {
    syncPath(dirname(place))
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error
    // A directory that is writable but not readable cannot be opened. ext4, XFS and btrfs sync a name with its file.
    syncPath(place)
  }
}

/**
 * Creates a file and syncs its content, not its name.
 * @param mode permissions, independent of the umask; the umask applies if they are left out
 */
export function writeNew(path: string, bytes: Uint8Array, mode: number | undefined): void {
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
 * Creates a directory and its missing parents, and syncs their names. Node's recursive mkdir never ends in /proc, where
 * the parent exists and refuses new entries.
 */
export function makeDirs(dir: string): void {
  const place = resolve(dir)
  try {
    mkdirSync(place)
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'EEXIST') {
      // throws ENOTDIR for a file
      readdirSync(place)
      return
    }
    if (code !== 'ENOENT' || dirname(place) === place) throw error
    makeDirs(dirname(place))
    mkdirSync(place)
  }
  syncPath(dirname(place))
}

/** Errors of fsync on a file system without syncs. */
const NO_SYNC: readonly unknown[] = ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']

function sync(fd: number): void {
  try {
    fsyncSync(fd)
  } catch (error) {
    if (!NO_SYNC.includes(errnoOf(error))) throw error
  }
}

/** A killed process may have had the same number here. */
function freeName(place: string): string {
  for (let attempt = 0; ; attempt += 1) {
    const name = `${place}.${process.pid}${attempt === 0 ? '' : `-${attempt}`}.tmp`
    if (!lstatSync(name, { throwIfNoEntry: false })) return name
  }
}

/** The cause of the write error may also prevent the removal; it is reported already. */
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
