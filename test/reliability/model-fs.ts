import { constants } from 'node:fs'
import { join } from 'node:path'
import { Ended } from './machine.ts'
import { ModelDisk } from './model-disk.ts'

export { constants }

/** The machine on which the product runs that has this module in place of node:fs. */
export const machine = {
  disk: new ModelDisk(),
  /** file operations so far */
  calls: 0,
  /** the power goes on entering this one */
  end: Number.POSITIVE_INFINITY,
  dark: false,
}

function disk(): ModelDisk {
  machine.calls += 1
  if (machine.calls >= machine.end) machine.dark = true
  if (machine.dark) throw new Ended()
  return machine.disk
}

export function openSync(path: string, flags: string | number): number {
  const bits = flags === 'wx' ? constants.O_CREAT | constants.O_EXCL : flags === 'r' ? 0 : Number(flags)
  if (bits & constants.O_CREAT) return disk().open(path, 'create')
  if (bits & constants.O_APPEND) return disk().open(path, 'append')
  if (bits & constants.O_RDWR) return disk().open(path, 'update')
  const isDirectory = disk().lstat(path).kind === 'directory'
  return machine.disk.open(path, isDirectory || bits & constants.O_DIRECTORY ? 'directory' : 'read')
}

export function closeSync(fd: number): void {
  disk().close(fd)
}

export function readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number {
  return disk().read(fd, buffer.subarray(offset, offset + length), position)
}

export function writeSync(fd: number, bytes: Uint8Array, offset = 0, length = bytes.length, position?: number): number {
  return disk().write(fd, bytes.subarray(offset, offset + length), position ?? undefined)
}

export function writeFileSync(file: string | number, bytes: Uint8Array): void {
  const fd = typeof file === 'number' ? file : disk().open(file, 'create')
  disk().write(fd, bytes)
  if (typeof file !== 'number') disk().close(fd)
}

export const fsyncSync = (fd: number): void => disk().sync(fd)
export const fdatasyncSync = (fd: number): void => disk().sync(fd)
export const renameSync = (from: string, to: string): void => disk().rename(from, to)
export const unlinkSync = (path: string): void => disk().unlink(path)
export const rmSync = (path: string): void => disk().unlink(path)
export const mkdirSync = (path: string): void => disk().mkdir(path)
/** Only `fleet` without --force makes one, and the parts have no such command. */
export const linkSync = (): never => {
  throw new Error('the model has no hard links')
}
export const symlinkSync = (target: string, path: string): void => disk().symlink(target, path)
export const chmodSync = (): void => {}
export const fchmodSync = (): void => {}
export const statfsSync = () => ({ type: 0xef53, bavail: 1e6, bsize: 4096 })
export const fstatSync = (fd: number) => stats(disk().stat(fd))

export function lstatSync(path: string, { throwIfNoEntry = true } = {}) {
  try {
    return stats(disk().lstat(path))
  } catch (error) {
    if (throwIfNoEntry || error instanceof Ended) throw error
    return undefined
  }
}

/** There are links in what is written, and none on the way. */
export const statSync = (path: string, options = {}) => lstatSync(path, options)
export const existsSync = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

export const realpathSync = {
  native(path: string): string {
    if (path !== '/') disk().lstat(path)
    return path
  },
}

export const readlinkSync = (path: string): string => disk().readlink(path)

export function readFileSync(path: string): Buffer {
  const fd = disk().open(path, 'read')
  const bytes = Buffer.alloc(machine.disk.stat(fd).size)
  disk().read(fd, bytes, 0)
  disk().close(fd)
  return bytes
}

/** Functions of the live host and of programs that are started: no round has them. */
function notModelled(): never {
  throw new Error('this is not part of the model')
}
export const accessSync = notModelled
export const mkdtempSync = notModelled
export const rmdirSync = notModelled
export const watch = notModelled
export const write = notModelled

interface Entry {
  readonly name: string
  isFile(): boolean
  isDirectory(): boolean
}

export function readdirSync(path: string): string[]
export function readdirSync(path: string, options: { withFileTypes: true }): Entry[]
export function readdirSync(path: string, options?: { withFileTypes: true }): string[] | Entry[] {
  const names = disk().readdir(path)
  if (!options) return names
  return names.map((name) => {
    const { kind } = disk().lstat(join(path, name))
    return { name, isFile: () => kind === 'file', isDirectory: () => kind === 'directory' }
  })
}

function stats({ kind, mode, uid, size, identity }: ReturnType<ModelDisk['stat']>) {
  return {
    isFile: () => kind === 'file',
    isDirectory: () => kind === 'directory',
    isSymbolicLink: () => kind === 'symlink',
    isCharacterDevice: () => false,
    mode,
    uid,
    size,
    dev: 1,
    ino: Number(identity),
    birthtimeMs: 0,
  }
}

// Scripts around a change are the only ones that ask for it, and there are none.
export default {}
