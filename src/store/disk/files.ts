import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  type Stats,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs'

/**
 * How a file is opened. `read`, `append` (read and append) and `update` (read and write in place) want an existing file,
 * `create` makes a new one for reading and appending and fails if the name is taken, `directory` is for fsync only.
 * None of them follows a symbolic link in the last component.
 */
export type OpenMode = 'read' | 'append' | 'create' | 'update' | 'directory'

/** What the store asks about a file. */
export interface FileFacts {
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  /** the twelve permission bits */
  readonly mode: number
  readonly uid: number
  /** bytes */
  readonly size: number
  /** device, inode and time of birth as one string, to see whether a name still means the same file */
  readonly identity: string
}

/**
 * Every operation the store performs below itself, synchronous, one system call each where it matters. Failures are thrown
 * with the errno name in `code`, as Node does. A test puts a model disk, a counter or a fault behind this interface.
 */
export interface Files {
  open(path: string, mode: OpenMode): number
  /** Fills `buffer` from byte `position` on; fewer bytes than asked for mean the end of the file. */
  read(fd: number, buffer: Uint8Array, position: number): number
  /** One write(2): at the end on a descriptor of `append` or `create`, at `position` on one of `update`. May be short. */
  write(fd: number, bytes: Uint8Array, position?: number): number
  stat(fd: number): FileFacts
  fsync(fd: number): void
  fdatasync(fd: number): void
  close(fd: number): void
  rename(from: string, to: string): void
  unlink(path: string): void
  /** Sets the permission bits of an open file. */
  chmod(fd: number, mode: number): void
  /** Makes one directory with mode 0700, whatever the umask. */
  mkdir(path: string): void
  readdir(path: string): string[]
  lstat(path: string): FileFacts
  /** The file system a path is on: statfs(2)'s f_type, and the bytes an unprivileged writer still has. */
  statfs(path: string): { readonly type: number; readonly free: number }
  /** Sleeps. */
  pause(milliseconds: number): void
}

const FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY,
  append: constants.O_RDWR | constants.O_APPEND,
  create: constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL,
  update: constants.O_RDWR,
  directory: constants.O_RDONLY | constants.O_DIRECTORY,
}

// O_NONBLOCK does nothing to a regular file, and keeps a FIFO under one of our names from hanging the program.
const ALWAYS = constants.O_NOFOLLOW | constants.O_NONBLOCK

/** The real disk. */
export const nodeFiles: Files = {
  open(path, mode) {
    const fd = openSync(path, FLAGS[mode] | ALWAYS, 0o600)
    if (mode === 'create') fchmodSync(fd, 0o600)
    return fd
  },
  read: (fd, buffer, position) => readSync(fd, buffer, 0, buffer.length, position),
  write: (fd, bytes, position) => writeSync(fd, bytes, 0, bytes.length, position ?? null),
  stat: (fd) => facts(fstatSync(fd)),
  fsync: fsyncSync,
  fdatasync: fdatasyncSync,
  close: closeSync,
  rename: renameSync,
  unlink: unlinkSync,
  chmod: fchmodSync,
  mkdir(path) {
    mkdirSync(path, 0o700)
    chmodSync(path, 0o700)
  },
  readdir: (path) => readdirSync(path),
  lstat: (path) => facts(lstatSync(path)),
  statfs(path) {
    const { type, bavail, bsize } = statfsSync(path)
    return { type: type >>> 0, free: bavail * bsize }
  },
  pause(milliseconds) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  },
}

function facts(stats: Stats): FileFacts {
  const kind = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : 'other'
  // An inode number alone comes back as soon as a file is removed and another made.
  const identity = `${stats.dev}:${stats.ino}:${stats.birthtimeMs}`
  return { kind, mode: stats.mode & 0o7777, uid: stats.uid, size: stats.size, identity }
}
