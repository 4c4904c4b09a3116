import type { Files } from '../../src/store/disk/files.ts'
import type { ModelDisk } from './model-disk.ts'
import type { Random } from './random.ts'

/** What ends a process: no error, so the store has no answer to it, and no stack, which would cost more than the rest. */
export class Ended {}

/** A round that needs more file operations than this runs in circles; the longest there are need a tenth. */
const MOST_CALLS = 100_000

/** A machine: a disk, and processes that use it until it goes dark. */
export class Machine {
  disk: ModelDisk
  dark = false
  /** file operations so far, of all processes */
  calls = 0

  constructor(disk: ModelDisk) {
    this.disk = disk
  }
}

/** When a process ends: on entering its n-th file operation, by a kill or with the whole machine. */
export interface End {
  readonly at: number
  readonly power: boolean
  /** count only operations of this kind */
  readonly on?: keyof Files
  /** count only operations that follow one of this kind */
  readonly after?: keyof Files
}

/** A process on a machine: the store's file operations on the model disk, with an end and with gaps for others to run in. */
export class Process implements Files {
  readonly #machine: Machine
  readonly #random: Random
  readonly #end: End | undefined
  #counted = 0
  #previous: keyof Files | undefined
  #dead = false
  /** runs between any two file operations */
  gap: () => void = () => {}

  constructor(machine: Machine, random: Random, end?: End) {
    this.#machine = machine
    this.#random = random
    this.#end = end
  }

  open: Files['open'] = (path, mode) => {
    this.#enter('open')
    return this.#machine.disk.open(path, mode)
  }
  read: Files['read'] = (fd, buffer, position) => {
    this.#enter('read')
    return this.#machine.disk.read(fd, buffer, position)
  }
  write: Files['write'] = (fd, bytes, position) => {
    // A write is not atomic against a kill: it may have got as far as any byte.
    this.#enter('write', () => {
      const done = this.#random.pick([0, bytes.length - 1, this.#random.below(bytes.length), bytes.length])
      if (done > 0) this.#machine.disk.write(fd, bytes.subarray(0, done), position)
    })
    return this.#machine.disk.write(fd, bytes, position)
  }
  stat: Files['stat'] = (fd) => {
    this.#enter('stat')
    return this.#machine.disk.stat(fd)
  }
  fsync: Files['fsync'] = (fd) => {
    this.#enter('fsync')
    this.#machine.disk.sync(fd)
  }
  fdatasync: Files['fdatasync'] = (fd) => {
    this.#enter('fdatasync')
    this.#machine.disk.sync(fd)
  }
  close: Files['close'] = (fd) => {
    this.#enter('close')
    this.#machine.disk.close(fd)
  }
  rename: Files['rename'] = (from, to) => {
    this.#enter('rename')
    this.#machine.disk.rename(from, to)
  }
  unlink: Files['unlink'] = (path) => {
    this.#enter('unlink')
    this.#machine.disk.unlink(path)
  }
  chmod: Files['chmod'] = () => {
    this.#enter('chmod')
  }
  mkdir: Files['mkdir'] = (path) => {
    this.#enter('mkdir')
    this.#machine.disk.mkdir(path)
  }
  readdir: Files['readdir'] = (path) => {
    this.#enter('readdir')
    return this.#machine.disk.readdir(path)
  }
  lstat: Files['lstat'] = (path) => {
    this.#enter('lstat')
    return this.#machine.disk.lstat(path)
  }
  statfs: Files['statfs'] = () => ({ type: 0xef53, free: 2 ** 30 })
  pause: Files['pause'] = () => {}

  #enter(call: keyof Files, half: () => void = () => {}): void {
    const machine = this.#machine
    if (machine.dark) throw new Ended()
    if (this.#dead) throw new Ended()
    if (++machine.calls > MOST_CALLS) throw new Error('it does not come to an end')
    this.gap()
    if (machine.dark) throw new Ended()
    const end = this.#end
    const counts = end && (end.on ?? call) === call && (end.after ?? this.#previous) === this.#previous
    this.#previous = call
    if (!counts || ++this.#counted < end.at) return
    half()
    this.#dead = true
    machine.dark = end.power
    throw new Ended()
  }
}
