import type { StateContract } from '../../contract/state-contract.ts'
import { damaged, errnoOf } from './failure.ts'
import type { FileFacts, Files } from './files.ts'
import { MAX_FILE } from './layout.ts'
import { checkFileOwner } from './owner.ts'

/** A state directory and the operations to reach it by. */
export interface Disk {
  readonly files: Files
  readonly dir: string
  /** who has to own what is read, apart from root; not asked if left out */
  readonly owner?: number
  /** what the states in it look like; where it is left out they are taken as they are */
  readonly contract?: StateContract | undefined
}

/** The whole of a file of the directory, and what the name stood for. Throws NvError if it is no file or far too long. */
export function readWhole(disk: Disk, name: string): { bytes: Buffer; identity: string } {
  const fd = disk.files.open(`${disk.dir}/${name}`, 'read')
  try {
    const facts = openFacts(disk, fd, name)
    return { bytes: readFrom(disk, fd, name, 0, facts), identity: facts.identity }
  } finally {
    release(disk, fd)
  }
}

/** What the store asks about an open file. Throws NvError `permission` if others can write it. */
export function openFacts(disk: Disk, fd: number, name: string): FileFacts {
  const facts = disk.files.stat(fd)
  if (disk.owner !== undefined) checkFileOwner(`${disk.dir}/${name}`, facts, disk.owner)
  return facts
}

/** What an open file holds from byte `offset` to its end. */
function readFrom(disk: Disk, fd: number, name: string, offset: number, facts = disk.files.stat(fd)): Buffer {
  const { kind, size } = facts
  if (kind !== 'file')
    throw damaged(disk.dir, name, `is a ${kind === 'other' ? 'special file' : kind}, not a regular file`)
  if (size > MAX_FILE) throw damaged(disk.dir, name, `is ${size} bytes long, more than any state file`)
  // One byte more than the size: a read that comes back short has then seen the end without asking again.
  let buffer = Buffer.allocUnsafe(Math.max(size - offset, 0) + 1)
  let length = 0
  for (;;) {
    const count = disk.files.read(fd, buffer.subarray(length), offset + length)
    length += count
    if (length < buffer.length) return buffer.subarray(0, length)
    if (count === 0) return buffer
    if (length > MAX_FILE) throw damaged(disk.dir, name, 'keeps growing beyond the size of any state file')
    buffer = Buffer.concat([buffer, Buffer.allocUnsafe(4096)])
  }
}

/** More than eight writers append between two looks. */
const TAIL = 4096
let tail: Buffer | undefined

/**
 * What was appended to an open file behind `offset`: little as a rule, and then one call tells. The bytes are good until the
 * next call.
 */
export function readTail(disk: Disk, fd: number, name: string, offset: number): Buffer {
  tail ??= Buffer.allocUnsafe(TAIL)
  const count = disk.files.read(fd, tail, offset)
  return count < TAIL ? tail.subarray(0, count) : readFrom(disk, fd, name, offset)
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
