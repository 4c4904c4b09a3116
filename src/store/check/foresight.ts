import type { Disk } from '../disk/disk.ts'
import { damaged } from '../disk/failure.ts'
import type { FileFacts, Files } from '../disk/files.ts'
import { SHARDS } from '../disk/layout.ts'

/**
 * The disk as a repair would leave it, for reading what is there: `mends` has what files hold after it, null where one is
 * gone. So a check that writes nothing can tell which mend would build on another.
 */
export function afterMends(disk: Disk, mends: ReadonlyMap<string, Buffer | null>): Disk {
  const opened = new Map<number, Buffer>()
  const { dir, files, contract } = disk
  const own: Partial<Files> = {
    open(path, mode) {
      const name = path.slice(dir.length + 1)
      const bytes = mends.get(name)
      if (bytes === null) throw damaged(dir, name, 'is missing')
      if (bytes === undefined) return files.open(path, mode)
      const fd = -1 - opened.size
      opened.set(fd, bytes)
      return fd
    },
    read(fd, buffer, position) {
      const bytes = opened.get(fd)
      if (!bytes) return files.read(fd, buffer, position)
      buffer.set(bytes.subarray(position, position + buffer.length))
      return Math.max(Math.min(bytes.length - position, buffer.length), 0)
    },
    stat(fd) {
      const bytes = opened.get(fd)
      return bytes ? factsOf('file', bytes.length) : files.stat(fd)
    },
    close(fd) {
      if (!opened.has(fd)) files.close(fd)
    },
    readdir(path) {
      const names = files.readdir(path)
      return path === dir ? names.filter((name) => mends.get(name) !== null) : names
    },
    lstat(path) {
      const isMade = path === `${dir}/${SHARDS}` && [...mends.keys()].some((name) => name.startsWith(SHARDS))
      return isMade ? factsOf('directory', 0) : files.lstat(path)
    },
  }
  return { dir, contract, files: new Proxy(files, { get: (_, key) => Reflect.get(own, key) ?? bound(files, key) }) }
}

function factsOf(kind: FileFacts['kind'], size: number): FileFacts {
  return { kind, size, mode: 0o700, uid: 0, identity: '' }
}

function bound(files: Files, key: string | symbol): unknown {
  const member: unknown = Reflect.get(files, key)
  return typeof member === 'function' ? member.bind(files) : member
}
