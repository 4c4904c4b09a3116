import { constants } from 'node:fs'
import os from 'node:os'
import type { SysfsFile, SysfsNode } from '../../engine/sysfs/node.ts'
import { ERRNO } from '../../errors/errno-numbers.ts'
import { NvError } from '../../errors/nv-error.ts'
import { attrOut, entryOut, type Listing, listingOf, partOf } from './answers.ts'
import { Draft } from './draft.ts'
import { type Inode, Inodes, type Tree } from './inodes.ts'
import * as P from './protocol.ts'

const { errno: E } = os.constants

/** A change that another thread carries out and answers. */
export interface ChangeRequest {
  readonly unique: bigint
  /** names from the root of the tree */
  readonly path: readonly string[]
  /** what is written; null removes the entry */
  readonly write: Written | null
}

export interface Written {
  readonly offset: number
  readonly bytes: Uint8Array
  /** the bytes of the program's last write, which is answered with them if the file is stored as a whole */
  readonly count: number
}

/** The surroundings of a session. */
export interface Host extends Tree {
  /** Brings the tree up to date. @throws NvError */
  refresh(): void
  change(request: ChangeRequest): void
  /** Whether the kernel may keep the answer to this name; it is asked after the answer was made. */
  promise(parent: number, path: readonly string[], node: SysfsNode): boolean
  /** Reports an error that is no answer: the request gets EIO. */
  bug(error: unknown): void
}

/** The answer to a request: an error number, a payload, `later` (another thread answers), or none at all. */
export type Answer = number | Uint8Array | 'later' | 'none'

interface Request {
  readonly opcode: number
  readonly unique: bigint
  readonly nodeid: number
  /** The message; the body begins at `BODY`. */
  readonly message: Buffer
  readonly view: DataView
}

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

interface OpenDirectory {
  readonly inode: Inode
  /** the version of the tree that it was opened at */
  readonly version: number
  /** whether the kernel puts what is read into its cache */
  readonly isCached: boolean
  listing: Listing | null
}

/** Most bytes of a write request. */
export const MAX_WRITE = 65_536
/** Seconds that the kernel may keep a promised name. */
export const ENTRY_SECONDS = 1
/** The first minor version whose kernel expires a name on request. */
const EXPIRING_MINOR = 38
const PAGE = 4096
const BODY = P.fuse_in_header.size
const UNIQUE = 8

/** Answers the kernel's requests from a tree. It blocks on nothing. */
export class Session {
  readonly #host: Host
  readonly #inodes: Inodes
  readonly #files = new Map<bigint, OpenFile>()
  readonly #directories = new Map<bigint, OpenDirectory>()
  readonly #started = Math.floor(Date.now() / 1000)
  #nextHandle = 1
  #mayKeep = false

  constructor(host: Host) {
    this.#host = host
    this.#inodes = new Inodes(host)
  }

  /** Numbers of known inodes and open files, for tests of leaks. */
  get sizes(): { inodes: number; handles: number } {
    return { inodes: this.#inodes.size, handles: this.#files.size + this.#directories.size }
  }

  /** Answers one request. A malformed one is EINVAL, a bug EIO. */
  answer(message: Buffer): { unique: bigint; answer: Answer } {
    if (message.length < BODY) return { unique: 0n, answer: 'none' }
    const view = new DataView(message.buffer, message.byteOffset, message.length)
    const unique = view.getBigUint64(UNIQUE, true)
    try {
      const { opcode, nodeid } = P.fuse_in_header.read(view, 0)
      return { unique, answer: this.#dispatch({ opcode, unique, nodeid, message, view }) }
    } catch (error) {
      const answer = errorNumber(error)
      if (answer === undefined) this.#host.bug(error)
      return { unique, answer: answer ?? E.EIO }
    }
  }

  #dispatch(request: Request): Answer {
    const { opcode } = request
    if (opcode === P.OPCODE.FORGET || opcode === P.OPCODE.BATCH_FORGET) return this.#forget(request)
    if (opcode === P.OPCODE.INTERRUPT) return 'none'
    const act = ACTS[opcode]
    if (act !== undefined) return act(this, request)
    const fixed = FIXED[opcode]
    return fixed ?? E.ENOSYS
  }

  init({ view }: Request): Answer {
    const { major, minor } = P.fuse_init_in.read(view, BODY)
    if (major !== P.KERNEL_VERSION || minor < P.KERNEL_MINOR_VERSION) return E.EPROTO
    this.#mayKeep = minor >= EXPIRING_MINOR
    return P.fuse_init_out.encode({
      major: P.KERNEL_VERSION,
      minor: P.KERNEL_MINOR_VERSION,
      // The target of a link is kept as long as its name.
      flags: P.ATOMIC_O_TRUNC | P.BIG_WRITES | P.PARALLEL_DIROPS | P.MAX_PAGES | (this.#mayKeep ? P.CACHE_SYMLINKS : 0),
      max_background: 16,
      congestion_threshold: 12,
      max_write: MAX_WRITE,
      time_gran: 1,
      max_pages: MAX_WRITE / PAGE,
    })
  }

  lookup({ nodeid, message }: Request): Answer {
    const name = nameIn(message, BODY)
    this.#host.refresh()
    const parent = this.#inodes.at(nodeid)
    if (parent === undefined) return E.ESTALE
    const inode = this.#inodes.lookup(parent, name)
    if (inode === undefined) return this.#inodes.nodeOf(parent) === undefined ? this.#missing(parent) : E.ENOENT
    const mayKeep = this.#mayKeep && !isRemovable(parent)
    const isKept = mayKeep && this.#host.promise(nodeid, this.#inodes.pathOf(inode), inode.node)
    return entryOut(inode, isKept ? ENTRY_SECONDS : 0, this.#started)
  }

  /** The attributes of an object that is gone are still those of its open files. */
  getattr({ nodeid }: Request): Answer {
    const inode = this.#inodes.at(nodeid)
    if (inode === undefined) return E.ESTALE
    this.#host.refresh()
    this.#inodes.nodeOf(inode)
    return attrOut(inode, this.#started)
  }

  /** Size and times are ignored, as sysfs ignores a truncation; mode and owner cannot change. */
  setattr(request: Request): Answer {
    const { valid } = P.fuse_setattr_in.read(request.view, BODY)
    return valid & (P.FATTR_MODE | P.FATTR_UID | P.FATTR_GID) ? E.EPERM : this.getattr(request)
  }

  readlink({ nodeid }: Request): Answer {
    const { inode, node } = this.#current(nodeid)
    if (node === undefined) return this.#missing(inode)
    return node.kind === 'link' ? Buffer.from(node.target) : E.EINVAL
  }

  open({ nodeid, view }: Request): Answer {
    const { flags } = P.fuse_open_in.read(view, BODY)
    const { inode, node } = this.#current(nodeid)
    if (node === undefined) return this.#missing(inode)
    if (node.kind !== 'file') return node.kind === 'directory' ? E.EISDIR : E.ELOOP
    const access = flags & O_ACCMODE
    if (access !== constants.O_WRONLY && (node.show === null || (node.mode & 0o444) === 0)) return E.EACCES
    if (access !== constants.O_RDONLY && (node.store === null || (node.mode & 0o222) === 0)) return E.EACCES
    if (flags & constants.O_DIRECT) return E.EINVAL
    return this.#opened(inode, node, flags)
  }

  #opened(inode: Inode, node: SysfsFile, flags: number): Uint8Array {
    const fh = this.#handle()
    const isTruncated = (flags & constants.O_TRUNC) !== 0
    this.#files.set(BigInt(fh), { inode, content: null, next: 0, isText: true, isTruncated, draft: null })
    const flush = node.isWhole === undefined ? P.FOPEN_NOFLUSH : 0
    return P.fuse_open_out.encode({ fh, open_flags: P.FOPEN_DIRECT_IO | flush })
  }

  /** Where something can be created, it is an object once its content is stored. sysfs creates nothing. */
  create({ nodeid, message, view }: Request): Answer {
    const { flags } = P.fuse_create_in.read(view, BODY)
    const name = nameIn(message, BODY + P.fuse_create_in.size)
    const { inode: parent, node: directory } = this.#current(nodeid)
    if (directory === undefined) return this.#missing(parent)
    if (directory.kind !== 'directory' || directory.draft === undefined) return E.EACCES
    const inode = this.#inodes.lookup(parent, name) ?? this.#inodes.create(parent, name)
    if (inode === undefined) return E.EPERM
    if (inode.node.kind !== 'file') return E.EISDIR
    return Buffer.concat([entryOut(inode, 0, this.#started), this.#opened(inode, inode.node, flags)])
  }

  unlink({ unique, nodeid, message }: Request): Answer {
    const name = nameIn(message, BODY)
    const { inode: parent, node: directory } = this.#current(nodeid)
    if (directory === undefined) return this.#missing(parent)
    if (directory.kind !== 'directory' || directory.remove === undefined) return E.EPERM
    if (directory.entry(name) === undefined) return E.ENOENT
    this.#host.change({ unique, path: [...this.#inodes.pathOf(parent), name], write: null })
    return 'later'
  }

  /** A read of text that goes on where the last one ended is answered from the same content; any other one is fresh. */
  read({ view }: Request): Answer {
    const { fh, offset, size } = P.fuse_read_in.read(view, BODY)
    const file = this.#files.get(fh)
    if (file === undefined) return E.EBADF
    const at = Number(offset)
    if (file.content === null || !file.isText || at === 0 || at !== file.next) {
      this.#host.refresh()
      const node = this.#inodes.nodeOf(file.inode)
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
    this.#host.refresh()
    const node = this.#inodes.nodeOf(file.inode)
    if (node === undefined) return E.ENODEV
    const path = this.#inodes.pathOf(file.inode)
    const isWhole = node.kind === 'file' ? node.isWhole : undefined
    if (isWhole === undefined) {
      const write = { offset: Number(offset), bytes: Uint8Array.from(bytes), count: size }
      this.#host.change({ unique, path, write })
      return 'later'
    }
    file.draft ??= new Draft(file.isTruncated ? NOTHING : contentOf(file.inode, showOf(node)))
    const whole = file.draft.put(bytes, Number(offset), isWhole)
    if (typeof whole === 'number') return whole
    if (whole === undefined) return P.fuse_write_out.encode({ size })
    this.#host.change({ unique, path, write: { offset: 0, bytes: whole, count: size } })
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
    if (file?.inode.isDraft) this.#inodes.settle(file.inode)
    this.#files.delete(fh)
    return 0
  }

  /**
   * The kernel keeps a listing until the tree has changed. A program that opened the directory before the change may put
   * the old listing into the cache at any time: until it closes it, nothing is kept.
   */
  opendir({ nodeid }: Request): Answer {
    const { inode, node } = this.#current(nodeid)
    if (node === undefined) return this.#missing(inode)
    if (node.kind !== 'directory') return E.ENOTDIR
    const { version } = this.#host
    const isKept = inode.listed === version
    const isCached = isKept || !this.#isListing(inode, version)
    const fh = this.#handle()
    this.#directories.set(BigInt(fh), { inode, version, isCached, listing: null })
    const flags = (isCached ? P.FOPEN_CACHE_DIR : 0) | (isKept ? P.FOPEN_KEEP_CACHE : 0)
    return P.fuse_open_out.encode({ fh, open_flags: flags })
  }

  /** Whether a program still has a directory open whose listing of an earlier version it puts into the cache. */
  #isListing(inode: Inode, version: number): boolean {
    for (const open of this.#directories.values())
      if (open.inode === inode && open.isCached && open.version !== version) return true
    return false
  }

  readdir({ view }: Request): Answer {
    const { fh, offset, size } = P.fuse_read_in.read(view, BODY)
    const directory = this.#directories.get(fh)
    if (directory === undefined) return E.EBADF
    const { inode } = directory
    if (directory.listing === null || offset === 0n) {
      this.#host.refresh()
      const node = this.#inodes.nodeOf(inode)
      if (node === undefined) return E.ENOENT
      // Only now the kernel has surely dropped the listing of an earlier version.
      const { version } = this.#host
      if (directory.isCached && directory.version === version) inode.listed = version
      directory.listing = listingOf(inode, node, (name) => inode.children?.get(name)?.id)
    }
    return partOf(directory.listing, Number(offset), size)
  }

  releasedir({ view }: Request): Answer {
    this.#directories.delete(P.fuse_release_in.read(view, BODY).fh)
    return 0
  }

  /** sysfs has no extended attributes of its own. A caller that asks for the size gets 0. */
  listxattr({ view }: Request): Answer {
    const { size } = P.fuse_getxattr_in.read(view, BODY)
    return size === 0 ? P.fuse_getxattr_out.encode({ size: 0 }) : NOTHING
  }

  statfs(): Answer {
    return P.fuse_statfs_out.encode({ st: { bsize: PAGE, frsize: PAGE, namelen: 255 } })
  }

  #current(nodeid: number) {
    const inode = this.#inodes.at(nodeid)
    if (inode === undefined) throw new Errno(E.ESTALE)
    this.#host.refresh()
    return { inode, node: this.#inodes.nodeOf(inode) }
  }

  /** ESTALE makes the kernel look up the whole path once more. */
  #missing(inode: Inode): number {
    return this.#inodes.isReplaced(inode) ? E.ESTALE : E.ENOENT
  }

  #handle(): number {
    const fh = this.#nextHandle
    this.#nextHandle += 1
    return fh
  }

  #forget({ opcode, nodeid, message, view }: Request): Answer {
    if (opcode === P.OPCODE.FORGET) {
      this.#inodes.forget(nodeid, P.fuse_forget_in.read(view, BODY).nlookup)
      return 'none'
    }
    const { count } = P.fuse_batch_forget_in.read(view, BODY)
    let at = BODY + P.fuse_batch_forget_in.size
    for (let index = 0; index < count && at + P.fuse_forget_one.size <= message.length; index++) {
      const one = P.fuse_forget_one.read(view, at)
      this.#inodes.forget(one.nodeid, one.nlookup)
      at += P.fuse_forget_one.size
    }
    return 'none'
  }
}

const O_ACCMODE = 3

/** An answer that ends the work on a request. */
class Errno extends Error {
  readonly number: number

  constructor(number: number) {
    super(`errno ${number}`)
    this.number = number
  }
}

/**
 * Whether entries of a directory can be removed. The kernel must not keep their names: it locks the directory until a
 * removal is answered, and a notification about a name in it would wait for that lock.
 */
function isRemovable({ node }: Inode): boolean {
  return node.kind === 'directory' && node.remove !== undefined
}

/** A name in a message, up to its NUL. */
function nameIn(message: Buffer, start: number): string {
  const end = message.indexOf(0, start)
  if (end < 0) throw new Errno(E.EINVAL)
  return message.toString('utf8', start, end)
}

function showOf(node: SysfsNode): () => Uint8Array {
  return (node.kind === 'file' ? node.show : null) ?? (() => NOTHING)
}

const NOTHING = new Uint8Array()

/** The content of a file. It follows from the version of the tree. */
function contentOf(inode: Inode, show: () => Uint8Array): Uint8Array {
  if (inode.content === null || inode.contentVersion !== inode.version) {
    inode.content = show()
    inode.contentVersion = inode.version
  }
  return inode.content
}

/** The error number of a refusal; undefined for any other error. */
export function errorNumber(error: unknown): number | undefined {
  if (error instanceof Errno) return error.number
  if (error instanceof NvError) return ERRNO[error.errno]
  return error instanceof RangeError ? E.EINVAL : undefined
}

const ACTS: Readonly<Record<number, (session: Session, request: Request) => Answer>> = {
  [P.OPCODE.INIT]: (session, request) => session.init(request),
  [P.OPCODE.LOOKUP]: (session, request) => session.lookup(request),
  [P.OPCODE.GETATTR]: (session, request) => session.getattr(request),
  [P.OPCODE.SETATTR]: (session, request) => session.setattr(request),
  [P.OPCODE.READLINK]: (session, request) => session.readlink(request),
  [P.OPCODE.OPEN]: (session, request) => session.open(request),
  [P.OPCODE.READ]: (session, request) => session.read(request),
  [P.OPCODE.WRITE]: (session, request) => session.write(request),
  [P.OPCODE.CREATE]: (session, request) => session.create(request),
  [P.OPCODE.UNLINK]: (session, request) => session.unlink(request),
  [P.OPCODE.FLUSH]: (session, request) => session.flush(request),
  [P.OPCODE.RELEASE]: (session, request) => session.release(request),
  [P.OPCODE.OPENDIR]: (session, request) => session.opendir(request),
  [P.OPCODE.READDIR]: (session, request) => session.readdir(request),
  [P.OPCODE.RELEASEDIR]: (session, request) => session.releasedir(request),
  [P.OPCODE.LISTXATTR]: (session, request) => session.listxattr(request),
  [P.OPCODE.STATFS]: (session) => session.statfs(),
}

/** Requests with one answer: no directory is made, renamed or synced, and nothing has an ioctl. All others are ENOSYS, and the kernel asks once. */
const FIXED: Readonly<Record<number, number>> = {
  [P.OPCODE.MKNOD]: E.EPERM,
  [P.OPCODE.MKDIR]: E.EPERM,
  [P.OPCODE.SYMLINK]: E.EPERM,
  [P.OPCODE.LINK]: E.EPERM,
  [P.OPCODE.RMDIR]: E.EPERM,
  [P.OPCODE.RENAME]: E.EPERM,
  [P.OPCODE.RENAME2]: E.EPERM,
  [P.OPCODE.FSYNCDIR]: E.EINVAL,
  [P.OPCODE.IOCTL]: E.ENOTTY,
  [P.OPCODE.DESTROY]: 0,
}
