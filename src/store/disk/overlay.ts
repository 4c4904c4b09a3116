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
export class Overlay implements Files {
  readonly #files: Files
  /** by path; null if the file is removed or renamed */
  readonly #changed = new Map<string, Written | null>()
  readonly #directories = new Set<string>()
  readonly #modes = new Map<string, number>()
  readonly #opened = new Map<number, Open>()

  constructor(files: Files) {
    this.#files = files
  }

  open(path: string, mode: OpenMode): number {
    const fd = 1 + Math.max(0, ...this.#opened.keys())
    this.#opened.set(fd, this.#open(path, mode))
    return fd
  }

  read(number: number, buffer: Uint8Array, position: number): number {
    const { written, fd } = this.#at(number)
    return written ? written.bytes.copy(buffer, 0, position) : this.#files.read(fd, buffer, position)
  }

  write(number: number, bytes: Uint8Array, position?: number): number {
    const { written, path } = this.#at(number)
    if (!written) throw failure('EBADF', path)
    const start = position ?? written.bytes.length
    const end = written.bytes.subarray(start + bytes.length)
    written.bytes = Buffer.concat([written.bytes.subarray(0, start), bytes, end])
    return bytes.length
  }

  stat(number: number): FileFacts {
    const { path, fd } = this.#at(number)
    return this.#facts(path, () => this.#files.stat(fd))
  }

  fsync(): void {}

  fdatasync(): void {}

  close(number: number): void {
    const { fd } = this.#at(number)
    this.#opened.delete(number)
    if (fd >= 0) this.#files.close(fd)
  }

  rename(from: string, to: string): void {
    const written = this.#changed.get(from)
    if (written) this.#changed.set(to, written)
    else if (this.#files.lstat(from).kind === 'file') this.#changed.set(to, { bytes: this.#content(from) })
    else this.#directories.add(to)
    this.#changed.set(from, null)
  }

  unlink(path: string): void {
    this.lstat(path)
    this.#changed.set(path, null)
  }

  chmod(number: number, mode: number): void {
    this.#modes.set(this.#at(number).path, mode)
  }

  mkdir(path: string): void {
    if (this.#directories.has(path) || this.#exists(path)) throw failure('EEXIST', path)
    this.#directories.add(path)
  }

  readdir(path: string): string[] {
    const real = this.#directories.has(path) ? [] : this.#files.readdir(path)
    const made = [...this.#changed.keys(), ...this.#directories].flatMap((each) => nameIn(path, each))
    return [...new Set([...real, ...made])].filter((name) => this.#changed.get(`${path}/${name}`) !== null)
  }

  lstat(path: string): FileFacts {
    return this.#facts(path, () => this.#files.lstat(path))
  }

  statfs(path: string): ReturnType<Files['statfs']> {
    return this.#files.statfs(path)
  }

  pause(milliseconds: number): void {
    this.#files.pause(milliseconds)
  }

  #at(fd: number): Open {
    return this.#opened.get(fd) ?? { path: '', written: undefined, fd }
  }

  #open(path: string, mode: OpenMode): Open {
    const known = this.#changed.get(path)
    if (known) {
      if (mode === 'create') throw failure('EEXIST', path)
      return { path, written: known, fd: -1 }
    }
    if (known === null && mode !== 'create') throw failure('ENOENT', path)
    if (this.#directories.has(path)) return { path, written: undefined, fd: -1 }
    if (mode === 'read' || mode === 'directory') return { path, written: undefined, fd: this.#files.open(path, mode) }
    if (mode === 'create' && known === undefined && this.#exists(path)) throw failure('EEXIST', path)
    const written = { bytes: mode === 'create' ? Buffer.alloc(0) : this.#content(path) }
    this.#changed.set(path, written)
    return { path, written, fd: -1 }
  }

  #content(path: string): Buffer {
    const fd = this.#files.open(path, 'read')
    try {
      const buffer = Buffer.alloc(this.#files.stat(fd).size)
      return buffer.subarray(0, this.#files.read(fd, buffer, 0))
    } finally {
      this.#files.close(fd)
    }
  }

  #exists(path: string): boolean {
    try {
      this.#files.lstat(path)
      return true
    } catch {
      return false
    }
  }

  #facts(path: string, real: () => FileFacts): FileFacts {
    const known = this.#changed.get(path)
    if (known === null) throw failure('ENOENT', path)
    const isMade = this.#directories.has(path)
    const own: FileFacts = { kind: isMade ? 'directory' : 'file', mode: 0o600, uid: 0, size: 0, identity: path }
    const facts = known || isMade ? { ...own, size: known?.bytes.length ?? 0 } : real()
    return { ...facts, mode: this.#modes.get(path) ?? facts.mode }
  }
}

function nameIn(directory: string, path: string): string[] {
  const name = path.slice(directory.length + 1)
  return path.startsWith(`${directory}/`) && !name.includes('/') ? [name] : []
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'overlay', path })
}
