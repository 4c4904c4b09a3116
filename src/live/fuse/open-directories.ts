import os from 'node:os'
import { type Listing, listingOf, partOf } from './answers.ts'
import type { Inode } from './inodes.ts'
import type { Objects } from './objects.ts'
import * as P from './protocol.ts'
import { type Answer, BODY, type Request } from './request.ts'

const { errno: E } = os.constants

interface OpenDirectory {
  readonly inode: Inode
  /** the version of the tree that it was opened at */
  readonly version: number
  /** whether the kernel puts what is read into its cache */
  readonly isCached: boolean
  listing: Listing | null
}

/** The directories that programs have open. */
export class OpenDirectories {
  readonly #objects: Objects
  readonly #directories = new Map<bigint, OpenDirectory>()
  #nextHandle = 1

  constructor(objects: Objects) {
    this.#objects = objects
  }

  get size(): number {
    return this.#directories.size
  }

  /**
   * The kernel keeps a listing until the tree has changed. A program that opened the directory before the change may put
   * the old listing into the cache at any time: until it closes it, nothing is kept.
   */
  open({ nodeid }: Request): Answer {
    const { inode, node } = this.#objects.current(nodeid)
    if (node === undefined) return this.#objects.missing(inode)
    if (node.kind !== 'directory') return E.ENOTDIR
    const { version } = this.#objects.host
    const isKept = inode.listed === version
    const isCached = isKept || !this.#isListing(inode, version)
    const fh = this.#nextHandle
    this.#nextHandle += 1
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

  read({ view }: Request): Answer {
    const { fh, offset, size } = P.fuse_read_in.read(view, BODY)
    const directory = this.#directories.get(fh)
    if (directory === undefined) return E.EBADF
    const { inode } = directory
    if (directory.listing === null || offset === 0n) {
      this.#objects.host.refresh()
      const node = this.#objects.inodes.nodeOf(inode)
      if (node === undefined) return E.ENOENT
      // Only now the kernel has surely dropped the listing of an earlier version.
      const { version } = this.#objects.host
      if (directory.isCached && directory.version === version) inode.listed = version
      directory.listing = listingOf(inode, node, (name) => inode.children?.get(name)?.id)
    }
    return partOf(directory.listing, Number(offset), size)
  }

  release({ view }: Request): Answer {
    this.#directories.delete(P.fuse_release_in.read(view, BODY).fh)
    return 0
  }
}
