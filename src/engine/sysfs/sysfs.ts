import { formatRoutingId, parseBdf } from '../../abi/pci.ts'
import type { SysfsEntryView } from '../../contract/views/sysfs.ts'
import { NvError } from '../../errors/nv-error.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import type { HostState } from '../state.ts'
import type { SysfsFile, SysfsNode } from './node.ts'
import { sysfsRoot } from './tree.ts'

/** The target of a path after following links. */
interface Found {
  node: SysfsNode
  /** path segments below /sys */
  segments: readonly string[]
}

/** The kernel's limit on links in one path. */
const MAX_LINKS = 40
const DEVICES = ['bus', 'pci', 'devices']

/**
 * Finds the node of a path: `/sys/…`, the same without `/sys/`, or a path that begins with a device's address.
 * @param follow whether to follow a link at the end
 * @throws NvError ENOENT, ENOTDIR, ELOOP
 */
export function lookup(host: HostState, path: string, follow = true): Found {
  const root: SysfsNode = sysfsRoot(host)
  const todo = segmentsOf(path)
  let found: Found = { node: root, segments: [] }
  let links = 0
  const trail: Found[] = []
  while (todo.length > 0) {
    const name = todo.shift() ?? ''
    if (name === '' || name === '.') continue
    if (found.node.kind !== 'directory') throw refused('ENOTDIR', path, 'has a parent that is not a directory')
    if (name === '..') {
      found = trail.pop() ?? found
      continue
    }
    const node = found.node.entry(name)
    if (!node)
      throw refused('ENOENT', path, `does not exist: there is no "${name}" in /sys/${found.segments.join('/')}`)
    if (node.kind === 'link' && (follow || todo.length > 0)) {
      links += 1
      if (links > MAX_LINKS) throw refused('ELOOP', path, 'has too many links')
      todo.unshift(...node.target.split('/'))
      continue
    }
    trail.push(found)
    found = { node, segments: [...found.segments, name] }
  }
  return found
}

/** The entries of a directory in order, or a single file or link itself. @throws NvError ENOENT, ENOTDIR */
export function list(host: HostState, path: string): SysfsEntryView[] {
  const { node, segments } = lookup(host, path)
  if (node.kind !== 'directory') return [entryView(segments, node)]
  return node
    .names()
    .sort()
    .flatMap((name) => {
      const entry = node.entry(name)
      return entry ? [entryView([...segments, name], entry)] : []
    })
}

/** read(2) of a whole file. @throws NvError ENOENT, EISDIR, EACCES (write-only), or the error of the attribute */
export function read(host: HostState, path: string): Uint8Array {
  const { show } = fileAt(host, path)
  if (show) return show()
  throw refused('EACCES', path, 'is write-only')
}

/**
 * write(2) of a file, at most one page for a text file. Bytes are never answered with 0.
 * @returns the number of written bytes
 * @throws NvError ENOENT, EISDIR, EACCES (read-only), ENOSPC (behind the end of a binary file), EIO (the host is suspended), or the error of the attribute
 */
export function write(host: HostState, path: string, bytes: Uint8Array, offset = 0): number {
  return writeFile(host, fileAt(host, path), path, bytes, offset)
}

/** write(2) of a file that was found under `path`; otherwise as `write`. */
export function writeFile(host: HostState, file: SysfsFile, path: string, bytes: Uint8Array, offset: number): number {
  const { store, size, binary } = file
  if (!store) throw refused('EACCES', path, 'is read-only')
  // the kernel does not call an attribute for an empty write
  if (bytes.length === 0) return 0
  // a text attribute takes one page, whatever the offset: `echo 4 >> FILE` writes at the end
  const taken = bytes.subarray(0, binary ? Math.max(0, size - offset) : size)
  if (taken.length === 0) throw refused('ENOSPC', path, `ends at byte ${size}`)
  requireNotSuspended(host)
  store(taken, offset)
  return taken.length
}

function fileAt(host: HostState, path: string): SysfsFile {
  const { node } = lookup(host, path)
  if (node.kind === 'file') return node
  throw refused('EISDIR', path, 'is a directory')
}

function segmentsOf(path: string): string[] {
  const parts = path.split('/')
  if (path.startsWith('/')) {
    if (parts[1] !== 'sys') throw refused('ENOENT', path, 'does not exist: only /sys is simulated')
    return parts.slice(2)
  }
  const id = parseBdf(parts[0] ?? '')
  return id === null ? parts : [...DEVICES, formatRoutingId(id), ...parts.slice(1)]
}

function entryView(segments: readonly string[], node: SysfsNode): SysfsEntryView {
  const mode = node.kind === 'file' ? node.mode : node.kind === 'link' ? 0o777 : 0o755
  return {
    path: `/sys/${segments.join('/')}`,
    name: segments.at(-1) ?? '/sys',
    kind: node.kind,
    mode: mode.toString(8).padStart(4, '0'),
    size: node.kind === 'file' ? node.size : 0,
    target: node.kind === 'link' ? node.target : null,
  }
}

function refused(
  errno: 'ENOENT' | 'ENOTDIR' | 'ELOOP' | 'EISDIR' | 'EACCES' | 'ENOSPC',
  path: string,
  what: string,
): NvError {
  const code = {
    ENOENT: 'not-found',
    ENOTDIR: 'not-found',
    ELOOP: 'not-found',
    EISDIR: 'invalid-argument',
    EACCES: 'unsupported',
    ENOSPC: 'invalid-argument',
  } as const
  return new NvError({
    errno,
    code: code[errno],
    at: 'kernfs',
    message: `${path.slice(0, 256)} ${what}`,
    hint: 'nvgpu sysfs ls /sys/bus/pci/devices',
    object: path.slice(0, 256),
  })
}
