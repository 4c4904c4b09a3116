import { type Files, nodeFiles } from '../../src/store/disk/files.ts'

export type Call = keyof Files

/** The real file operations with a hook in front of each, and a list of what was called with which path. */
export class SpyFiles implements Files {
  readonly calls: { call: Call; path: string }[] = []
  before: (call: Call, path: string) => void = () => {}
  readonly #paths = new Map<number, string>()

  count(...names: Call[]): number {
    return this.calls.filter(({ call }) => names.includes(call)).length
  }

  clear(): void {
    this.calls.length = 0
  }

  open: Files['open'] = (path, mode) => {
    this.#enter('open', path)
    const fd = nodeFiles.open(path, mode)
    this.#paths.set(fd, path)
    return fd
  }
  read: Files['read'] = (fd, buffer, position) => {
    this.#enter('read', this.#path(fd))
    return nodeFiles.read(fd, buffer, position)
  }
  write: Files['write'] = (fd, bytes, position) => {
    this.#enter('write', this.#path(fd))
    return nodeFiles.write(fd, bytes, position)
  }
  stat: Files['stat'] = (fd) => {
    this.#enter('stat', this.#path(fd))
    return nodeFiles.stat(fd)
  }
  fsync: Files['fsync'] = (fd) => {
    this.#enter('fsync', this.#path(fd))
    nodeFiles.fsync(fd)
  }
  fdatasync: Files['fdatasync'] = (fd) => {
    this.#enter('fdatasync', this.#path(fd))
    nodeFiles.fdatasync(fd)
  }
  close: Files['close'] = (fd) => {
    // The descriptor goes even when the call is made to fail, as on Linux, or the tests would run out of them.
    try {
      this.#enter('close', this.#path(fd))
    } finally {
      nodeFiles.close(fd)
    }
  }
  rename: Files['rename'] = (from, to) => {
    this.#enter('rename', to)
    nodeFiles.rename(from, to)
  }
  unlink: Files['unlink'] = (path) => {
    this.#enter('unlink', path)
    nodeFiles.unlink(path)
  }
  chmod: Files['chmod'] = (fd, mode) => {
    this.#enter('chmod', this.#path(fd))
    nodeFiles.chmod(fd, mode)
  }
  mkdir: Files['mkdir'] = (path) => {
    this.#enter('mkdir', path)
    nodeFiles.mkdir(path)
  }
  readdir: Files['readdir'] = (path) => {
    this.#enter('readdir', path)
    return nodeFiles.readdir(path)
  }
  lstat: Files['lstat'] = (path) => {
    this.#enter('lstat', path)
    return nodeFiles.lstat(path)
  }
  statfs: Files['statfs'] = (path) => {
    this.#enter('statfs', path)
    return nodeFiles.statfs(path)
  }
  pause: Files['pause'] = () => {
    this.#enter('pause', '')
  }

  #enter(call: Call, path: string): void {
    this.calls.push({ call, path })
    this.before(call, path)
  }

  #path(fd: number): string {
    return this.#paths.get(fd) ?? ''
  }
}

/** The error a file operation fails with, as Node makes it. */
export function errno(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: injected, ${syscall}`), { code, syscall })
}
