import type { FileFacts, Files, OpenMode } from './files.ts'

/** A file that the overlay has written: what `files` has under its path does not count. */
interface Written {
  bytes: Buffer
}

/** An open file: one of the overlay, or a descriptor of `files`. */
interface Open {
  readonly path: string
  readonly written: Written | undefined
  readonly fd: number
}

/** File operations of which all changes stay in memory: a repair that runs on them leaves the disk as it is. */
export function overlay(files: Files): Files {
  /** by path; null if the file is removed or renamed */
  const changed = new Map<string, Written | null>()
  const directories = new Set<string>()
  const modes = new Map<string, number>()
  const opened = new Map<number, Open>()

  function openFile(path: string, mode: OpenMode): Open {
    const known = changed.get(path)
    if (known) {
      if (mode === 'create') throw failure('EEXIST', path)
      return { path, written: known, fd: -1 }
    }
    if (known === null && mode !== 'create') throw failure('ENOENT', path)
    if (directories.has(path)) return { path, written: undefined, fd: -1 }
    if (mode === 'read' || mode === 'directory') return { path, written: undefined, fd: files.open(path, mode) }
    if (mode === 'create' && known === undefined && exists(path)) throw failure('EEXIST', path)
    const written = { bytes: mode === 'create' ? Buffer.alloc(0) : contentOf(path) }
    changed.set(path, written)
    return { path, written, fd: -1 }
  }

  function contentOf(path: string): Buffer {
    const fd = files.open(path, 'read')
    try {
      const buffer = Buffer.alloc(files.stat(fd).size)
      return buffer.subarray(0, files.read(fd, buffer, 0))
    } finally {
      files.close(fd)
    }
  }

  function exists(path: string): boolean {
    try {
      files.lstat(path)
      return true
    } catch {
      return false
    }
  }

  function factsOf(path: string, real: () => FileFacts): FileFacts {
    const known = changed.get(path)
    if (known === null) throw failure('ENOENT', path)
    const isMade = directories.has(path)
    const own: FileFacts = { kind: isMade ? 'directory' : 'file', mode: 0o600, uid: 0, size: 0, identity: path }
    const facts = known || isMade ? { ...own, size: known?.bytes.length ?? 0 } : real()
    return { ...facts, mode: modes.get(path) ?? facts.mode }
  }

  const at = (fd: number): Open => opened.get(fd) ?? { path: '', written: undefined, fd }
  const nameIn = (directory: string, path: string) => {
    const name = path.slice(directory.length + 1)
    return path.startsWith(`${directory}/`) && !name.includes('/') ? [name] : []
  }

  return {
    open(path, mode) {
      const fd = 1 + Math.max(0, ...opened.keys())
      opened.set(fd, openFile(path, mode))
      return fd
    },
    read(number, buffer, position) {
      const { written, fd } = at(number)
      return written ? written.bytes.copy(buffer, 0, position) : files.read(fd, buffer, position)
    },
    write(number, bytes, position) {
      const { written } = at(number)
      if (!written) throw failure('EBADF', at(number).path)
      const start = position ?? written.bytes.length
      const end = written.bytes.subarray(start + bytes.length)
      written.bytes = Buffer.concat([written.bytes.subarray(0, start), bytes, end])
      return bytes.length
    },
    stat(number) {
      const { path, fd } = at(number)
      return factsOf(path, () => files.stat(fd))
    },
    fsync() {},
    fdatasync() {},
    close(number) {
      const { fd } = at(number)
      opened.delete(number)
      if (fd >= 0) files.close(fd)
    },
    rename(from, to) {
      const written = changed.get(from)
      if (written) changed.set(to, written)
      else if (files.lstat(from).kind === 'file') changed.set(to, { bytes: contentOf(from) })
      else directories.add(to)
      changed.set(from, null)
    },
    unlink(path) {
      factsOf(path, () => files.lstat(path))
      changed.set(path, null)
    },
    chmod(number, mode) {
      modes.set(at(number).path, mode)
    },
    mkdir(path) {
      if (directories.has(path) || exists(path)) throw failure('EEXIST', path)
      directories.add(path)
    },
    readdir(path) {
      const real = directories.has(path) ? [] : files.readdir(path)
      const made = [...changed.keys(), ...directories].flatMap((each) => nameIn(path, each))
      return [...new Set([...real, ...made])].filter((name) => changed.get(`${path}/${name}`) !== null)
    },
    lstat: (path) => factsOf(path, () => files.lstat(path)),
    statfs: (path) => files.statfs(path),
    pause: (milliseconds) => files.pause(milliseconds),
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'overlay', path })
}
