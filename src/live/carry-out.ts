import type { HostState } from '../engine/state.ts'
import type { SysfsDirectory } from '../engine/sysfs/node.ts'
import { writeFile } from '../engine/sysfs/sysfs.ts'
import { NvError } from '../errors/nv-error.ts'
import type { ChangeRequest } from './fuse/host.ts'
import { commandOfDefinition } from './mdevctl-d.ts'
import { worldOf } from './world.ts'

/** Longest value in the history, in characters. */
const LONGEST_VALUE = 256

/**
 * Writes a file, or removes an entry.
 * @returns the number of written bytes; 0 for a removal
 * @throws NvError ENODEV for a file that is gone by now, ENOENT for an entry, or the error of the file
 */
export function carryOut(state: HostState, { path, write }: ChangeRequest): number {
  const shown = `/${path.join('/')}`
  const name = path.at(-1) ?? ''
  const parent = directoryAt(state, path.slice(0, -1))
  const entry = parent?.entry(name)
  if (write === null) {
    if (entry === undefined || parent?.remove === undefined) throw gone('ENOENT', shown)
    parent.remove(name)
    return 0
  }
  const file = entry ?? parent?.draft?.(name)
  if (file?.kind !== 'file') throw gone('ENODEV', shown)
  const { bytes, offset, count } = write
  if (file.isWhole === undefined || file.store === null) return writeFile(state, file, shown, bytes, offset)
  file.store(bytes, 0)
  return count
}

/** The command line that makes the same change, for the history. */
export function commandOf(request: ChangeRequest): string[] {
  const { path, write } = request
  const [top = '', ...below] = path
  if (top === 'etc') return commandOfDefinition(below.slice(1), write === null)
  const value = Buffer.from(write?.bytes ?? [])
    .toString('latin1')
    .replace(/\n$/, '')
  const isText = /^[\x20-\x7e]*$/.test(value) && value.length <= LONGEST_VALUE
  return ['sysfs', 'write', `/${path.join('/')}`, isText ? value : `(${write?.bytes.length} bytes)`]
}

function directoryAt(state: HostState, path: readonly string[]): SysfsDirectory | undefined {
  let at: SysfsDirectory = worldOf(state, {})
  for (const name of path) {
    const next = at.entry(name)
    if (next?.kind !== 'directory') return undefined
    at = next
  }
  return at
}

function gone(errno: 'ENODEV' | 'ENOENT', path: string): NvError {
  return new NvError({
    errno,
    code: errno === 'ENODEV' ? 'no-device' : 'not-found',
    at: 'kernfs',
    message: `${path.slice(0, 256)} is not there any more`,
    object: path.slice(0, 256),
  })
}
