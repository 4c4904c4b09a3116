import fs from 'node:fs'
import path from 'node:path'
import { NvError } from '../abi/nv-error.ts'
import type { HostState } from '../engine/state.ts'
import type { SysfsDirectory, SysfsFile, SysfsNode } from '../engine/sysfs/node.ts'
import { sysfsRoot } from '../engine/sysfs/tree.ts'
import { fileError } from './files.ts'
import { makeDirs } from './make-dirs.ts'

/** What a written tree is made of. */
export interface TreeCount {
  directories: number
  files: number
  links: number
}

/**
 * Writes /sys of a host as plain directories, files and links, for programs that read one from another place. A file that
 * cannot be read says nothing; the bytes of a BAR are not memory, so those files are left out.
 * @param dir is made whole, or not at all; where it is there already it has to be empty
 * @throws NvError exists, permission, disk-full and the like
 */
export function writeSysfs(state: HostState, dir: string): TreeCount {
  const count: TreeCount = { directories: 0, files: 0, links: 0 }
  const place = path.resolve(dir)
  const unfinished = `${place}.${process.pid}.tmp`
  try {
    if (fs.existsSync(place) && fs.readdirSync(place).length > 0) throw occupied(dir)
    makeDirs(unfinished)
    writeDirectory(sysfsRoot(state), unfinished, count)
    fs.renameSync(unfinished, place)
  } catch (error) {
    discard(unfinished)
    throw fileError(error, dir, 'write')
  }
  return count
}

/** What stood in the way of writing may stand in the way of this too; that is told already. */
function discard(place: string): void {
  try {
    fs.rmSync(place, { recursive: true, force: true })
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error
  }
}

function writeDirectory(directory: SysfsDirectory, dir: string, count: TreeCount): void {
  for (const name of directory.names()) {
    const node = directory.entry(name)
    if (node) writeNode(node, path.join(dir, name), count)
  }
}

function writeNode(node: SysfsNode, file: string, count: TreeCount): void {
  if (node.kind === 'directory') {
    count.directories += 1
    fs.mkdirSync(file)
    writeDirectory(node, file, count)
  } else if (node.kind === 'link') {
    count.links += 1
    fs.symlinkSync(node.target, file)
  } else if (!isWindow(node)) {
    count.files += 1
    fs.writeFileSync(file, contentOf(node), { flag: 'wx', mode: node.mode })
  }
}

/** resourceN: as large as the BAR, and only for mmap. */
function isWindow({ mode, size }: SysfsFile): boolean {
  return mode === 0o600 && size > MOST_TEXT
}

const MOST_TEXT = 65_536

/** What read(2) gives. An attribute may refuse that. */
function contentOf({ show }: SysfsFile): Uint8Array {
  try {
    return show?.() ?? new Uint8Array()
  } catch (error) {
    if (error instanceof NvError) return new Uint8Array()
    throw error
  }
}

function occupied(dir: string): NvError {
  return new NvError({
    errno: 'ENOTEMPTY',
    code: 'exists',
    at: 'write',
    message: `${dir} is not empty`,
    hint: `ls -A ${dir}`,
    object: dir,
  })
}
