import os from 'node:os'
import { attrOut, entryOut } from './answers.ts'
import { NOTHING } from './content.ts'
import { ENTRY_SECONDS, type Host } from './host.ts'
import type { Inode } from './inodes.ts'
import { Objects } from './objects.ts'
import { OpenDirectories } from './open-directories.ts'
import { OpenFiles } from './open-files.ts'
import * as P from './protocol.ts'
import { type Answer, BODY, errorNumber, MAX_WRITE, nameIn, type Request, requestIn } from './request.ts'

const { errno: E } = os.constants
/** The first minor version whose kernel expires a name on request. */
const EXPIRING_MINOR = 38
const PAGE = 4096

/** Answers the kernel's requests from a tree. It blocks on nothing. */
export class Session {
  readonly #objects: Objects
  readonly files: OpenFiles
  readonly directories: OpenDirectories
  #mayKeep = false

  constructor(host: Host) {
    this.#objects = new Objects(host)
    this.files = new OpenFiles(this.#objects)
    this.directories = new OpenDirectories(this.#objects)
  }

  /** Numbers of known inodes and open files, for tests of leaks. */
  get sizes(): { inodes: number; handles: number } {
    return { inodes: this.#objects.inodes.size, handles: this.files.size + this.directories.size }
  }

  /** Answers one request. A malformed one is EINVAL, a bug EIO. */
  answer(message: Buffer): { unique: bigint; answer: Answer } {
    const request = requestIn(message)
    if (request === undefined) return { unique: 0n, answer: 'none' }
    const { unique } = request
    try {
      return { unique, answer: this.#dispatch(request) }
    } catch (error) {
      const answer = errorNumber(error)
      if (answer === undefined) this.#objects.host.bug(error)
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
    this.#objects.host.refresh()
    const parent = this.#objects.inodes.at(nodeid)
    if (parent === undefined) return E.ESTALE
    const inode = this.#objects.inodes.lookup(parent, name)
    if (inode === undefined)
      return this.#objects.inodes.nodeOf(parent) === undefined ? this.#objects.missing(parent) : E.ENOENT
    const mayKeep = this.#mayKeep && !isRemovable(parent)
    const isKept = mayKeep && this.#objects.host.promise(nodeid, this.#objects.inodes.pathOf(inode), inode.node)
    return entryOut(inode, isKept ? ENTRY_SECONDS : 0, this.#objects.started)
  }

  /** The attributes of an object that is gone are still those of its open files. */
  getattr({ nodeid }: Request): Answer {
    const inode = this.#objects.inodes.at(nodeid)
    if (inode === undefined) return E.ESTALE
    this.#objects.host.refresh()
    this.#objects.inodes.nodeOf(inode)
    return attrOut(inode, this.#objects.started)
  }

  /** Size and times are ignored, as sysfs ignores a truncation; mode and owner cannot change. */
  setattr(request: Request): Answer {
    const { valid } = P.fuse_setattr_in.read(request.view, BODY)
    return valid & (P.FATTR_MODE | P.FATTR_UID | P.FATTR_GID) ? E.EPERM : this.getattr(request)
  }

  readlink({ nodeid }: Request): Answer {
    const { inode, node } = this.#objects.current(nodeid)
    if (node === undefined) return this.#objects.missing(inode)
    return node.kind === 'link' ? Buffer.from(node.target) : E.EINVAL
  }

  unlink({ unique, nodeid, message }: Request): Answer {
    const name = nameIn(message, BODY)
    const { inode: parent, node: directory } = this.#objects.current(nodeid)
    if (directory === undefined) return this.#objects.missing(parent)
    if (directory.kind !== 'directory' || directory.remove === undefined) return E.EPERM
    if (directory.entry(name) === undefined) return E.ENOENT
    this.#objects.host.change({ unique, path: [...this.#objects.inodes.pathOf(parent), name], write: null })
    return 'later'
  }

  /** sysfs has no extended attributes of its own. A caller that asks for the size gets 0. */
  listxattr({ view }: Request): Answer {
    const { size } = P.fuse_getxattr_in.read(view, BODY)
    return size === 0 ? P.fuse_getxattr_out.encode({ size: 0 }) : NOTHING
  }

  statfs(): Answer {
    return P.fuse_statfs_out.encode({ st: { bsize: PAGE, frsize: PAGE, namelen: 255 } })
  }

  #forget({ opcode, nodeid, message, view }: Request): Answer {
    if (opcode === P.OPCODE.FORGET) {
      this.#objects.inodes.forget(nodeid, P.fuse_forget_in.read(view, BODY).nlookup)
      return 'none'
    }
    const { count } = P.fuse_batch_forget_in.read(view, BODY)
    let at = BODY + P.fuse_batch_forget_in.size
    for (let index = 0; index < count && at + P.fuse_forget_one.size <= message.length; index++) {
      const one = P.fuse_forget_one.read(view, at)
      this.#objects.inodes.forget(one.nodeid, one.nlookup)
      at += P.fuse_forget_one.size
    }
    return 'none'
  }
}

/**
 * Whether entries of a directory can be removed. The kernel must not keep their names: it locks the directory until a
 * removal is answered, and a notification about a name in it would wait for that lock.
 */
function isRemovable({ node }: Inode): boolean {
  return node.kind === 'directory' && node.remove !== undefined
}

const ACTS: Readonly<Record<number, (session: Session, request: Request) => Answer>> = {
  [P.OPCODE.INIT]: (session, request) => session.init(request),
  [P.OPCODE.LOOKUP]: (session, request) => session.lookup(request),
  [P.OPCODE.GETATTR]: (session, request) => session.getattr(request),
  [P.OPCODE.SETATTR]: (session, request) => session.setattr(request),
  [P.OPCODE.READLINK]: (session, request) => session.readlink(request),
  [P.OPCODE.OPEN]: (session, request) => session.files.open(request),
  [P.OPCODE.READ]: (session, request) => session.files.read(request),
  [P.OPCODE.WRITE]: (session, request) => session.files.write(request),
  [P.OPCODE.CREATE]: (session, request) => session.files.create(request),
  [P.OPCODE.UNLINK]: (session, request) => session.unlink(request),
  [P.OPCODE.FLUSH]: (session, request) => session.files.flush(request),
  [P.OPCODE.RELEASE]: (session, request) => session.files.release(request),
  [P.OPCODE.OPENDIR]: (session, request) => session.directories.open(request),
  [P.OPCODE.READDIR]: (session, request) => session.directories.read(request),
  [P.OPCODE.RELEASEDIR]: (session, request) => session.directories.release(request),
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
