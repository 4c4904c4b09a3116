import type { FileFacts, Files, OpenMode } from '../../src/store/disk/files.ts'

interface Node {
  kind: 'file' | 'directory'
  bytes: Uint8Array
  id: number
}

/** Thrown instead of an operation when the process is dead. */
class Killed extends Error {}

/**
 * A disk in memory, for thousands of runs a minute. What was written stays, as after kill -9; with `lives` operations
 * left the process dies before the next one, and every later one fails as well until `revive`.
 */
export class MemoryFiles implements Files {
  calls = 0
  #nodes = new Map<string, Node>([['/', { kind: 'directory', bytes: new Uint8Array(0), id: 1 }]])
  #open = new Map<number, { node: Node; append: boolean }>()
  #next = 10
  #lives = Number.POSITIVE_INFINITY
  #interrupt: { left: number; act: () => void } | null = null

  /** The same disk once more; nothing is shared. */
  clone(): MemoryFiles {
    const other = new MemoryFiles()
    other.#nodes = new Map([...this.#nodes].map(([path, node]) => [path, { ...node }]))
    other.#next = this.#next
    return other
  }

  dieAfter(operations: number): void {
    this.#lives = operations
  }

  get dead(): boolean {
    return this.#lives <= 0
  }

  /** Has somebody else act in between, before the n-th operation from now. */
  interrupt(operations: number, act: () => void): void {
    this.#interrupt = { left: operations, act }
  }

  revive(): void {
    this.#lives = Number.POSITIVE_INFINITY
    this.#open.clear()
  }

  open(path: string, mode: OpenMode): number {
    this.#enter()
    let node = this.#nodes.get(path)
    if (mode === 'create') {
      if (node) throw failure('EEXIST', path)
      node = this.#make(path, 'file')
    }
    if (!node) throw failure('ENOENT', path)
    this.#next += 1
    this.#open.set(this.#next, { node, append: mode === 'append' || mode === 'create' })
    return this.#next
  }

  read(fd: number, buffer: Uint8Array, position: number): number {
    this.#enter()
    const part = this.#node(fd).bytes.subarray(position, position + buffer.length)
    buffer.set(part)
    return part.length
  }

  write(fd: number, bytes: Uint8Array, position?: number): number {
    this.#enter()
    const node = this.#node(fd)
    const at = position ?? node.bytes.length
    const grown = new Uint8Array(Math.max(node.bytes.length, at + bytes.length))
    grown.set(node.bytes)
    grown.set(bytes, at)
    node.bytes = grown
    return bytes.length
  }

  stat(fd: number): FileFacts {
    this.#enter()
    return facts(this.#node(fd))
  }

  fsync(): void {
    this.#enter()
  }

  fdatasync(): void {
    this.#enter()
  }

  close(fd: number): void {
    this.#open.delete(fd)
    this.#enter()
  }

  rename(from: string, to: string): void {
    this.#enter()
    const node = this.#nodes.get(from)
    if (!node) throw failure('ENOENT', from)
    this.#nodes.set(to, node)
    this.#nodes.delete(from)
  }

  unlink(path: string): void {
    this.#enter()
    if (!this.#nodes.delete(path)) throw failure('ENOENT', path)
  }

  mkdir(path: string): void {
    this.#enter()
    if (this.#nodes.has(path)) throw failure('EEXIST', path)
    this.#make(path, 'directory')
  }

  readdir(path: string): string[] {
    this.#enter()
    if (!this.#nodes.has(path)) throw failure('ENOENT', path)
    const prefix = path === '/' ? '/' : `${path}/`
    return [...this.#nodes.keys()]
      .filter((name) => name.startsWith(prefix) && name !== prefix)
      .map((name) => name.slice(prefix.length))
      .filter((name) => !name.includes('/'))
  }

  lstat(path: string): FileFacts {
    this.#enter()
    const node = this.#nodes.get(path)
    if (!node) throw failure('ENOENT', path)
    return facts(node)
  }

  statfs(path: string): { type: number; free: number } {
    this.#enter()
    if (!this.#nodes.has(path)) throw failure('ENOENT', path)
    return { type: 0xef53, free: 2 ** 40 }
  }

  chmod(): void {}

  pause(): void {}

  /** Takes a directory away with all that is in it. */
  remove(path: string): void {
    for (const name of [...this.#nodes.keys()]) {
      if (name === path || name.startsWith(`${path}/`)) this.#nodes.delete(name)
    }
  }

  #make(path: string, kind: Node['kind']): Node {
    const parent = path.slice(0, path.lastIndexOf('/')) || '/'
    if (!this.#nodes.has(parent)) throw failure('ENOENT', path)
    this.#next += 1
    const node = { kind, bytes: new Uint8Array(0), id: this.#next }
    this.#nodes.set(path, node)
    return node
  }

  #node(fd: number): Node {
    const open = this.#open.get(fd)
    if (!open) throw failure('EBADF', String(fd))
    return open.node
  }

  #enter(): void {
    this.calls += 1
    const interrupt = this.#interrupt
    if (interrupt) {
      interrupt.left -= 1
      if (interrupt.left < 0) {
        this.#interrupt = null
        interrupt.act()
      }
    }
    this.#lives -= 1
    if (this.#lives < 0) throw new Killed('the process was killed')
  }
}

function facts({ kind, bytes, id }: Node): FileFacts {
  return {
    kind,
    mode: kind === 'file' ? 0o600 : 0o700,
    uid: process.geteuid?.() ?? 0,
    size: bytes.length,
    identity: `${id}`,
  }
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path, syscall: 'test' })
}
