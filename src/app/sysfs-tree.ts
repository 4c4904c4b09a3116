import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { HostState } from '../engine/state.ts'
import type { SysfsDirectory, SysfsFile, SysfsNode } from '../engine/sysfs/node.ts'
import { sysfsRoot } from '../engine/sysfs/tree.ts'
import { NvError } from '../errors/nv-error.ts'
import { shellQuote } from '../errors/shell-quote.ts'
import { destination } from './destination.ts'
import { fileError } from './file-error.ts'
import { makeDirs, putInPlace } from './output-file.ts'
import { syncTree } from './sync-tree.ts'

/** The entries of a written tree. */
export interface TreeCount {
  directories: number
  files: number
  links: number
}

/**
 * Writes /sys of a host as plain directories, files and links, for programs that read it from another place. An
 * unreadable file becomes empty; resource files of BARs are left out, since a BAR is not memory.
 * @param dir is created whole or not at all; an existing one has to be empty
 * @throws NvError exists, permission, disk-full and the like
 */
export function writeSysfs(state: HostState, dir: string): TreeCount {
  const count: TreeCount = { directories: 0, files: 0, links: 0 }
  try {
    const place = destination(dir)
    if (existsSync(place) && readdirSync(place).length > 0) throw occupied(dir)
    makeDirs(path.dirname(place))
    putInPlace(place, (unfinished) => {
      writeDirectory(sysfsRoot(state), unfinished, count)
      syncTree(unfinished)
    })
  } catch (error) {
    throw fileError(error, dir, 'write')
  }
  return count
}

function writeDirectory(directory: SysfsDirectory, dir: string, count: TreeCount): void {
  mkdirSync(dir)
  for (const name of directory.names()) {
    const node = directory.entry(name)
    if (node) writeNode(node, path.join(dir, name), count)
  }
}

function writeNode(node: SysfsNode, file: string, count: TreeCount): void {
  if (node.kind === 'directory') {
    count.directories += 1
    writeDirectory(node, file, count)
  } else if (node.kind === 'link') {
    count.links += 1
    symlinkSync(node.target, file)
  } else if (!isWindow(node)) {
    count.files += 1
    writeFileSync(file, contentOf(node), { flag: 'wx', mode: node.mode })
  }
}

/** resourceN: as large as the BAR, and only for mmap. */
function isWindow({ mode, size }: SysfsFile): boolean {
  return mode === 0o600 && size > MOST_TEXT
}

const MOST_TEXT = 65_536

/** The result of read(2); an attribute may refuse it. */
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
    hint: `ls -A ${shellQuote(dir)}`,
    object: dir,
  })
}
