import { constants } from 'node:fs'
import os from 'node:os'
import type { SysfsFile } from '../../engine/sysfs/node.ts'
import { entryOut } from './answers.ts'
import { contentOf, NOTHING, showOf } from './content.ts'
import { Draft } from './draft.ts'
import type { Inode } from './inodes.ts'
import type { Objects } from './objects.ts'
import * as P from './protocol.ts'
import { type Answer, BODY, nameIn, type Request } from './request.ts'

const { errno: E } = os.constants
const O_ACCMODE = 3

interface OpenFile {
  readonly inode: Inode
  /** content of a read that began at 0, and where the next byte of it is due */
  content: Uint8Array | null
  next: number
  isText: boolean
  /** begins empty */
  readonly isTruncated: boolean
  draft: Draft | null
}

/** The files that programs have open, and what they do with them. */
export class OpenFiles {
  readonly #objects: Objects
  readonly #files = new Map<bigint, OpenFile>()
  #nextHandle = 1

  constructor(objects: Objects) {
    this.#objects = objects
  }

  get size(): number {
    return this.#files.size
  }

  open({ nodeid, view }: Request): Answer {
    const { flags } = P.fuse_open_in.read(view, BODY)
    const { inode, node } = this.#objects.current(nodeid)
    if (node === undefined) return this.#objects.missing(inode)
    if (node.kind !== 'file') return node.kind === 'directory' ? E.EISDIR : E.ELOOP
    const access = flags & O_ACCMODE
    if (access !== constants.O_WRONLY && (node.show === null || (node.mode & 0o444) === 0)) return E.EACCES
    if (access !== constants.O_RDONLY && (node.store === null || (node.mode & 0o222) === 0)) return E.EACCES
    if (flags & constants.O_DIRECT) return E.EINVAL
    return this.#opened(inode, node, flags)
  }

  #opened(inode: Inode, node: SysfsFile, flags: number): Uint8Array {
    const fh = this.#nextHandle
    this.#nextHandle += 1
    const isTruncated = (flags & constants.O_TRUNC) !== 0
    this.#files.set(BigInt(fh), { inode, content: null, next: 0, isText: true, isTruncated, draft: null })
    const flush = node.isWhole === undefined ? P.FOPEN_NOFLUSH : 0
    return P.fuse_open_out.encode({ fh, open_flags: P.FOPEN_DIRECT_IO | flush })
  }

  /** Where something can be created, it is an object once its content is stored. sysfs creates nothing. */
  create({ nodeid, message, view }: Request): Answer {
    const { flags } = P.fuse_create_in.read(view, BODY)
    const name = nameIn(message, BODY + P.fuse_create_in.size)
    const { inode: parent, node: directory } = this.#objects.current(nodeid)
    if (directory === undefined) return this.#objects.missing(parent)
    if (directory.kind !== 'directory' || directory.draft === undefined) return E.EACCES
    const inode = this.#objects.inodes.lookup(parent, name) ?? this.#objects.inodes.create(parent, name)
    if (inode === undefined) return E.EPERM
    if (inode.node.kind !== 'file') return E.EISDIR
    return Buffer.concat([entryOut(inode, 0, this.#objects.started), this.#opened(inode, inode.node, flags)])
  }

  /** A read of text that goes on where the last one ended is answered from the same content; any other one is fresh. */
  read({ view }: Request): Answer {
    const { fh, offset, size } = P.fuse_read_in.read(view, BODY)
    const file = this.#files.get(fh)
    if (file === undefined) return E.EBADF
    const at = Number(offset)
    if (file.content === null || !file.isText || at === 0 || at !== file.next) {
      this.#objects.host.refresh()
      const node = this.#objects.inodes.nodeOf(file.inode)
      if (node === undefined) return E.ENODEV
      if (node.kind !== 'file' || node.show === null) return E.EIO
      file.content = contentOf(file.inode, node.show)
      file.isText = !node.binary
    }
    const part = file.content.subarray(at, at + size)
    file.next = at + part.length
    if (part.length === 0) file.content = null
    return part
  }

  write({ unique, message, view }: Request): Answer {
    const { fh, offset, size } = P.fuse_write_in.read(view, BODY)
    const file = this.#files.get(fh)
    if (file === undefined) return E.EBADF
    const start = BODY + P.fuse_write_in.size
    const bytes = message.subarray(start, start + size)
    if (bytes.length < size) return E.EINVAL
    this.#objects.host.refresh()
    const node = this.#objects.inodes.nodeOf(file.inode)
    if (node === undefined) return E.ENODEV
    const path = this.#objects.inodes.pathOf(file.inode)
    const isWhole = node.kind === 'file' ? node.isWhole : undefined
    if (isWhole === undefined) {
      const write = { offset: Number(offset), bytes: Uint8Array.from(bytes), count: size }
      this.#objects.host.change({ unique, path, write })
      return 'later'
    }
    file.draft ??= new Draft(file.isTruncated ? NOTHING : contentOf(file.inode, showOf(node)))
    const whole = file.draft.put(bytes, Number(offset), isWhole)
    if (typeof whole === 'number') return whole
    if (whole === undefined) return P.fuse_write_out.encode({ size })
    this.#objects.host.change({ unique, path, write: { offset: 0, bytes: whole, count: size } })
    return 'later'
  }

  /** close(2) tells a program that its content was never whole. */
  flush({ view }: Request): Answer {
    const file = this.#files.get(P.fuse_flush_in.read(view, BODY).fh)
    return file?.draft?.isPending ? E.EINVAL : 0
  }

  release({ view }: Request): Answer {
    const { fh } = P.fuse_release_in.read(view, BODY)
    const file = this.#files.get(fh)
    if (file?.inode.isDraft) this.#objects.inodes.settle(file.inode)
    this.#files.delete(fh)
    return 0
  }
}
