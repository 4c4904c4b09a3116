import type { FileFacts, OpenMode } from '../../src/store/disk/files.ts'
import type { Random } from './random.ts'

/** What a disk writes at once, bytes: it survives a power cut whole or not at all. */
const SECTOR = 512

/**
 * A disk with a page cache in front of it, in memory. What was not synced when the power goes survives as chance has it:
 * of a file any subset of sectors, each as it stood after any of its writes, and any length in between; of a directory any
 * subset of its changes. A sync of a file that is new carries its name, and that of a new directory above it, along: so do
 * ext4, XFS and btrfs. It carries nothing else.
 */
export class ModelDisk {
  readonly #root: Directory
  #serial: number
  #open = new Map<number, { node: Node; mode: OpenMode }>()
  #lastFd = 2

  constructor(root: Directory = newDirectory(1), serial = 1) {
    this.#root = root
    this.#serial = serial
  }

  /** Another disk with the same content, cached and durable. Descriptors stay behind. */
  clone(): ModelDisk {
    const copies = new Map<Node, Node>()
    const root = copyDirectory(this.#root, copies)
    return new ModelDisk(root, this.#serial)
  }

  /** What is there after a power cut: without descriptors. */
  cut(random: Random): ModelDisk {
    const survivors = new Map<Node, Node>()
    return new ModelDisk(surviving(this.#root, random, survivors), this.#serial)
  }

  open(path: string, mode: OpenMode): number {
    const { parent, name } = this.#locate(path)
    let node = parent.names.get(name)
    if (mode === 'create') {
      if (node) throw failure('EEXIST', 'open', path)
      node = { kind: 'file', id: ++this.#serial, bytes: EMPTY, durable: EMPTY, writes: [] }
      link(parent, name, node)
    }
    if (!node) throw failure('ENOENT', 'open', path)
    if ((mode === 'directory') !== (node.kind === 'directory')) {
      if (mode !== 'read') throw failure(mode === 'directory' ? 'ENOTDIR' : 'EISDIR', 'open', path)
    }
    const fd = ++this.#lastFd
    this.#open.set(fd, { node, mode })
    return fd
  }

  read(fd: number, buffer: Uint8Array, position: number): number {
    const { bytes } = this.#file(fd, 'read')
    const piece = bytes.subarray(position, position + buffer.length)
    buffer.set(piece)
    return piece.length
  }

  write(fd: number, bytes: Uint8Array, position?: number): number {
    const file = this.#file(fd, 'write')
    const mode = this.#open.get(fd)?.mode
    const offset = mode === 'update' ? (position ?? 0) : file.bytes.length
    // Cached bytes are never changed in place: clones and durable copies share them.
    file.bytes = patched(file.bytes, offset, bytes)
    file.writes.push({ offset, bytes: bytes.slice() })
    return bytes.length
  }

  stat(fd: number): FileFacts {
    return facts(this.#node(fd, 'fstat'))
  }

  /** fsync and fdatasync alike: Linux has to write a new length with either. */
  sync(fd: number): void {
    const node = this.#node(fd, 'fsync')
    if (node.kind === 'file') {
      node.durable = node.bytes
      node.writes.length = 0
      carryName(this.#root, node)
    } else {
      node.durable = new Map(node.names)
      node.changes.length = 0
      carryName(this.#root, node)
    }
  }

  close(fd: number): void {
    if (!this.#open.delete(fd)) throw failure('EBADF', 'close', String(fd))
  }

  /** Within one directory, which is all the store does. */
  rename(from: string, to: string): void {
    const { parent, name } = this.#locate(from)
    const node = parent.names.get(name)
    if (!node) throw failure('ENOENT', 'rename', from)
    const target = this.#locate(to)
    if (target.parent !== parent) throw failure('EXDEV', 'rename', to)
    parent.names.delete(name)
    parent.names.set(target.name, node)
    parent.changes.push({ set: target.name, node, remove: name })
  }

  unlink(path: string): void {
    const { parent, name } = this.#locate(path)
    if (!parent.names.delete(name)) throw failure('ENOENT', 'unlink', path)
    parent.changes.push({ remove: name })
  }

  mkdir(path: string): void {
    const { parent, name } = this.#locate(path)
    if (parent.names.has(name)) throw failure('EEXIST', 'mkdir', path)
    link(parent, name, newDirectory(++this.#serial))
  }

  /** Its target is kept with its name. */
  symlink(target: string, path: string): void {
    const { parent, name } = this.#locate(path)
    if (parent.names.has(name)) throw failure('EEXIST', 'symlink', path)
    const bytes = new TextEncoder().encode(target)
    link(parent, name, { kind: 'file', isLink: true, id: ++this.#serial, bytes, durable: bytes, writes: [] })
  }

  readlink(path: string): string {
    const node = this.#find(path, 'readlink')
    if (node.kind !== 'file' || !node.isLink) throw failure('EINVAL', 'readlink', path)
    return new TextDecoder().decode(node.bytes)
  }

  readdir(path: string): string[] {
    const node = this.#find(path, 'scandir')
    if (node.kind !== 'directory') throw failure('ENOTDIR', 'scandir', path)
    return [...node.names.keys()]
  }

  lstat(path: string): FileFacts {
    return facts(this.#find(path, 'lstat'))
  }

  #file(fd: number, call: string): File {
    const node = this.#node(fd, call)
    if (node.kind !== 'file') throw failure('EISDIR', call, String(fd))
    return node
  }

  #node(fd: number, call: string): Node {
    const entry = this.#open.get(fd)
    if (!entry) throw failure('EBADF', call, String(fd))
    return entry.node
  }

  #find(path: string, call: string): Node {
    if (path === '/') return this.#root
    const { parent, name } = this.#locate(path)
    const node = parent.names.get(name)
    if (!node) throw failure('ENOENT', call, path)
    return node
  }

  #locate(path: string): { parent: Directory; name: string } {
    const parts = path.split('/').filter((part) => part !== '')
    const name = parts.pop() ?? ''
    let parent: Directory = this.#root
    for (const part of parts) {
      const next = parent.names.get(part)
      if (!next) throw failure('ENOENT', 'open', path)
      if (next.kind !== 'directory') throw failure('ENOTDIR', 'open', path)
      parent = next
    }
    return { parent, name }
  }
}

interface File {
  readonly kind: 'file'
  readonly isLink?: true
  readonly id: number
  bytes: Uint8Array
  durable: Uint8Array
  /** since the last sync, oldest first */
  readonly writes: { readonly offset: number; readonly bytes: Uint8Array }[]
}

interface Directory {
  readonly kind: 'directory'
  readonly id: number
  names: Map<string, Node>
  durable: Map<string, Node>
  /** since the last sync, oldest first */
  readonly changes: NameChange[]
}

type Node = File | Directory

/** One change of a directory: a name set, a name removed, or both at once. */
interface NameChange {
  readonly set?: string
  readonly node?: Node
  readonly remove?: string
}

const EMPTY = new Uint8Array(0)

function newDirectory(id: number): Directory {
  return { kind: 'directory', id, names: new Map(), durable: new Map(), changes: [] }
}

function link(parent: Directory, name: string, node: Node): void {
  parent.names.set(name, node)
  parent.changes.push({ set: name, node })
}

function applyChange(names: Map<string, Node>, { set, node, remove }: NameChange): void {
  if (remove !== undefined) names.delete(remove)
  if (set !== undefined && node) names.set(set, node)
}

/** Makes the unsynced creation of `node` durable, with those of the directories above; true if it lies below `parent`. */
function carryName(parent: Directory, node: Node): boolean {
  for (const [name, child] of parent.names) {
    const below = child === node || (child.kind === 'directory' && carryName(child, node))
    if (!below) continue
    const at = parent.changes.findIndex((change) => change.set === name && change.node === child && !change.remove)
    const [change] = at < 0 ? [] : parent.changes.splice(at, 1)
    if (change) applyChange(parent.durable, change)
    return true
  }
  return false
}

function patched(old: Uint8Array, offset: number, bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array(Math.max(old.length, offset + bytes.length))
  result.set(old)
  result.set(bytes, offset)
  return result
}

function copyDirectory(from: Directory, copies: Map<Node, Node>): Directory {
  const copy = newDirectory(from.id)
  copies.set(from, copy)
  const copyOf = (node: Node): Node => {
    const known = copies.get(node)
    if (known) return known
    if (node.kind === 'directory') return copyDirectory(node, copies)
    const file = { ...node, writes: [...node.writes] }
    copies.set(node, file)
    return file
  }
  for (const [name, node] of from.names) copy.names.set(name, copyOf(node))
  for (const [name, node] of from.durable) copy.durable.set(name, copyOf(node))
  for (const { node, ...change } of from.changes) copy.changes.push(node ? { ...change, node: copyOf(node) } : change)
  return copy
}

function surviving(from: Directory, random: Random, survivors: Map<Node, Node>): Directory {
  const result = newDirectory(from.id)
  survivors.set(from, result)
  const names = new Map(from.durable)
  // Sometimes the first of them, as a journal leaves it; else any subset, which no promise rules out.
  const kept = random.chance(0.3) ? random.below(from.changes.length + 1) : undefined
  for (const [index, change] of from.changes.entries()) {
    if (kept === undefined ? random.chance(0.5) : index < kept) applyChange(names, change)
  }
  for (const [name, node] of names) {
    let survivor = survivors.get(node)
    if (!survivor) {
      survivor = node.kind === 'directory' ? surviving(node, random, survivors) : survivingFile(node, random)
      survivors.set(node, survivor)
    }
    result.names.set(name, survivor)
    result.durable.set(name, survivor)
  }
  return result
}

function survivingFile(file: File, random: Random): File {
  const bytes = file.writes.length ? survivingBytes(file, random) : file.durable
  return { ...file, bytes, durable: bytes, writes: [] }
}

function survivingBytes({ bytes, durable, writes }: File, random: Random): Uint8Array {
  const grown = bytes.length - durable.length
  const length = durable.length + (random.chance(0.3) ? random.below(grown + 1) : random.pick([0, grown, grown]))
  const result = new Uint8Array(length)
  result.set(durable.subarray(0, length))
  const first = Math.floor(Math.min(...writes.map(({ offset }) => offset)) / SECTOR)
  // All, none, or each on its own.
  const share = random.pick([0, 0.5, 0.5, 0.9, 1])
  for (let sector = first; sector * SECTOR < length; sector++) {
    if (!random.chance(share)) continue
    const start = sector * SECTOR
    const end = Math.min(start + SECTOR, length)
    const touching = writes.filter((write) => write.offset < end && write.offset + write.bytes.length > start)
    const upTo = random.chance(0.7) ? touching.length : random.below(touching.length + 1)
    for (const { offset, bytes: written } of touching.slice(0, upTo)) {
      const from = Math.max(offset, start)
      const to = Math.min(offset + written.length, end)
      result.set(written.subarray(from - offset, to - offset), from)
    }
  }
  return result
}

function facts(node: Node): FileFacts {
  const size = node.kind === 'file' ? node.bytes.length : 4096
  const kind = node.kind === 'file' && node.isLink ? 'symlink' : node.kind
  return { kind, mode: node.kind === 'file' ? 0o600 : 0o700, uid: 0, size, identity: String(node.id) }
}

function failure(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path })
}
