import type { SysfsNode } from '../../engine/sysfs/node.ts'
import type { Inode } from './inodes.ts'
import { fuse_attr_out, fuse_dirent, fuse_entry_out } from './protocol.ts'

/** Bits of the mode by kind (S_IFDIR, S_IFREG, S_IFLNK), and types of directory entries (DT_DIR, DT_REG, DT_LNK). */
const TYPE = { directory: 0o040000, file: 0o100000, link: 0o120000 } as const
const ENTRY_TYPE = { directory: 4, file: 8, link: 10 } as const
const BLOCK = 4096
/** All files belong to the user of the server. In most namespaces that is root. */
const OWNER = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
/**
 * Seconds that the kernel may keep attributes: those of an object never change, and a name is asked for more often. The
 * size of a file that is stored as a whole changes.
 */
const ATTRIBUTE_SECONDS = 60
/** The inode number of an entry that the kernel does not know yet. */
const UNKNOWN_INODE = 0xffff_ffff

/** The answer to LOOKUP. @param seconds how long the kernel may keep the name */
export function entryOut(inode: Inode, seconds: number, started: number): Uint8Array {
  return fuse_entry_out.encode({
    nodeid: inode.id,
    entry_valid: seconds,
    attr_valid: attributeSeconds(inode),
    attr: attributes(inode, started),
  })
}

export function attrOut(inode: Inode, started: number): Uint8Array {
  return fuse_attr_out.encode({ attr_valid: attributeSeconds(inode), attr: attributes(inode, started) })
}

function attributeSeconds({ node }: Inode): number {
  return node.kind === 'file' && node.isWhole !== undefined ? 0 : ATTRIBUTE_SECONDS
}

function attributes({ id, node }: Inode, started: number) {
  return {
    ino: id,
    size: sizeOf(node),
    mode: TYPE[node.kind] | permissions(node),
    nlink: node.kind === 'directory' ? 2 : 1,
    ...OWNER,
    atime: started,
    mtime: started,
    ctime: started,
    blksize: BLOCK,
  }
}

function sizeOf(node: SysfsNode): number {
  if (node.kind === 'file') return node.size
  return node.kind === 'link' ? Buffer.byteLength(node.target) : 0
}

function permissions(node: SysfsNode): number {
  if (node.kind === 'file') return node.mode
  return node.kind === 'link' ? 0o777 : 0o755
}

/** A directory's listing as the kernel reads it: the entries, and where each ends. */
export interface Listing {
  readonly bytes: Buffer
  readonly ends: readonly number[]
}

/** @param inodeOf the number of an entry that the kernel knows */
export function listingOf(self: Inode, node: SysfsNode, inodeOf: (name: string) => number | undefined): Listing {
  const parts: Buffer[] = []
  const ends: number[] = []
  let length = 0
  const add = (name: string, ino: number, kind: SysfsNode['kind']) => {
    const part = dirent(name, ino, kind, ends.length + 1)
    parts.push(part)
    length += part.length
    ends.push(length)
  }
  add('.', self.id, 'directory')
  add('..', self.parent?.id ?? self.id, 'directory')
  if (node.kind === 'directory') {
    for (const name of node.names()) {
      const entry = node.entry(name)
      if (entry !== undefined) add(name, inodeOf(name) ?? UNKNOWN_INODE, entry.kind)
    }
  }
  return { bytes: Buffer.concat(parts), ends }
}

/** Whole entries from the one after `offset` on, at most `size` bytes. */
export function partOf({ bytes, ends }: Listing, offset: number, size: number): Uint8Array {
  const start = offset === 0 ? 0 : ends[offset - 1]
  if (start === undefined) return bytes.subarray(0, 0)
  let low = offset
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ends[middle] ?? 0) - start <= size) low = middle + 1
    else high = middle
  }
  return bytes.subarray(start, low === offset ? start : ends[low - 1])
}

function dirent(name: string, ino: number, kind: SysfsNode['kind'], off: number): Buffer {
  const bytes = Buffer.from(name)
  const part = Buffer.alloc((fuse_dirent.size + bytes.length + 7) & ~7)
  part.set(fuse_dirent.encode({ ino, off, namelen: bytes.length, type: ENTRY_TYPE[kind] }))
  bytes.copy(part, fuse_dirent.size)
  return part
}
