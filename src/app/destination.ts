import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/**
 * The place that a path leads to, through all links, as the kernel follows them. It need not be there yet, nor need the
 * directories above it.
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

/** Whether a path leads to a directory or to something below it. A directory that is mounted twice is one and the same. */
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
 * The descriptor of this process that a path names: /dev/stdout, /dev/fd/3, /proc/self/fd/3. What is behind it belongs to
 * whoever opened it, who may have written to it before and may go on after us.
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
