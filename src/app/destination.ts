import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/**
 * Resolves a path through all links, as the kernel does. The target and the directories above it need not exist.
 * @throws ELOOP, ENOTDIR, EACCES and the like
 */
export function destination(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || dirname(path) === path) throw error
  }
  const parent = destination(dirname(path))
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return join(parent, basename(path))
  const target = readlinkSync(path)
  return destination(isAbsolute(target) ? target : `${parent}/${target}`)
}

/** Whether a path leads to a directory or to something below it. All mounts of a directory count as the same one. */
export function isWithin(path: string, dir: string): boolean {
  const home = destination(dir)
  const facts = statSync(home, { throwIfNoEntry: false })
  for (let at = destination(path); ; at = dirname(at)) {
    if (at === home) return true
    const own = facts && statSync(at, { throwIfNoEntry: false })
    if (own && own.dev === facts.dev && own.ino === facts.ino) return true
    if (at === dirname(at)) return false
  }
}

/**
 * The descriptor of this process that a path names: /dev/stdout, /dev/fd/3, /proc/self/fd/3. Its file belongs to the
 * process that opened it, which may have written before and may write afterwards.
 */
export function ownDescriptor(path: string): number | undefined {
  const parent = realpathSync.native(dirname(path))
  if (parent === `/proc/${process.pid}/fd`) return Number(basename(path))
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) return undefined
  const target = readlinkSync(path)
  return ownDescriptor(isAbsolute(target) ? target : `${parent}/${target}`)
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
