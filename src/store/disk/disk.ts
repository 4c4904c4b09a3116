import type { StateContract } from '../../contract/state-contract.ts'
import { damaged, errnoOf } from './failure.ts'
import type { FileFacts, Files } from './files.ts'
import { MAX_FILE } from './layout.ts'
import { checkFileOwner } from './owner.ts'

/** A state directory and the operations to reach it by. */
export interface Disk {
  readonly files: Files
  readonly dir: string
  /** the user who has to own the files, apart from root; not checked if left out */
  readonly owner?: number
  /** the form of the states; without it they are taken as they are */
  readonly contract?: StateContract | undefined
}

/** The whole of a file of the directory, and its identity. Throws NvError if it is not a file or far too long. */
export function readWhole(disk: Disk, name: string): { bytes: Buffer; identity: string } {
  const fd = disk.files.open(`${disk.dir}/${name}`, 'read')
  try {
    const { kind, size, identity } = openFacts(disk, fd, name)
    if (kind !== 'file')
      throw damaged(disk.dir, name, `is a ${kind === 'other' ? 'special file' : kind}, not a regular file`)
    if (size > MAX_FILE) throw damaged(disk.dir, name, `is ${size} bytes long, more than any state file`)
    return { bytes: readTail(disk, fd, name, 0, size + 1), identity }
  } finally {
    release(disk, fd)
  }
}

/** The facts of an open file. Throws NvError `permission` if others can write it. */
export function openFacts(disk: Disk, fd: number, name: string): FileFacts {
  const facts = disk.files.stat(fd)
  if (disk.owner !== undefined) checkFileOwner(`${disk.dir}/${name}`, facts, disk.owner)
  return facts
}

/** The bytes of an open file from `offset` to its end. One read is enough if they are fewer than `expected`. */
export function readTail(disk: Disk, fd: number, name: string, offset: number, expected = 4096): Buffer {
  let buffer = Buffer.allocUnsafe(expected)
  let length = 0
  for (;;) {
    const count = disk.files.read(fd, buffer.subarray(length), offset + length)
    length += count
    if (length < buffer.length) return buffer.subarray(0, length)
    if (length > MAX_FILE) throw damaged(disk.dir, name, 'keeps growing beyond the size of any state file')
    buffer = Buffer.concat([buffer, Buffer.allocUnsafe(length)])
  }
}

/** Writes a file under a temporary name, syncs it and gives it its name. The directory is not synced here. */
export function replaceFile(disk: Disk, name: string, bytes: Uint8Array): void {
  const { temporary, fd } = createTemporary(disk, name)
  try {
    try {
      writeAll(disk.files, fd, bytes)
      disk.files.fsync(fd)
    } finally {
      disk.files.close(fd)
    }
    disk.files.rename(`${disk.dir}/${temporary}`, `${disk.dir}/${name}`)
  } catch (error) {
    discard(disk, temporary)
    throw error
  }
}

/** Makes the names in a directory durable; `sub` is a directory inside the state directory, or '' for itself. */
export function syncDirectory(disk: Disk, sub = ''): void {
  const fd = disk.files.open(sub ? `${disk.dir}/${sub}` : disk.dir, 'directory')
  try {
    disk.files.fsync(fd)
  } finally {
    disk.files.close(fd)
  }
}

/** Runs `step` and takes one errno as an answer: true if it went through, false if it failed with that. */
export function unlessErrno(errno: string, step: () => void): boolean {
  try {
    step()
    return true
  } catch (error) {
    if (errnoOf(error) !== errno) throw error
    return false
  }
}

/** Closes a file nothing depends on any more: what it held is synced by now, or is known not to be. */
export function release(disk: Disk, fd: number): void {
  try {
    disk.files.close(fd)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}

function createTemporary(disk: Disk, name: string): { temporary: string; fd: number } {
  // A process with our pid may have died here, or live in another pid namespace: the name is ours only if new.
  for (let attempt = 0; ; attempt++) {
    const temporary = `${name}.tmp-${process.pid}-${attempt}`
    try {
      return { temporary, fd: disk.files.open(`${disk.dir}/${temporary}`, 'create') }
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error
    }
  }
}

function writeAll(files: Files, fd: number, bytes: Uint8Array): void {
  let done = 0
  while (done < bytes.length) done += files.write(fd, bytes.subarray(done))
}

/** On a full disk the half-written file is what stands in the way; if it cannot go now, the next checkpoint takes it. */
function discard(disk: Disk, temporary: string): void {
  try {
    disk.files.unlink(`${disk.dir}/${temporary}`)
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
  }
}
