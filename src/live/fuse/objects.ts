import os from 'node:os'
import type { SysfsNode } from '../../engine/sysfs/node.ts'
import type { Host } from './host.ts'
import { type Inode, Inodes } from './inodes.ts'
import { Errno } from './request.ts'

const { errno: E } = os.constants

/** The objects that the kernel's numbers stand for now. */
export class Objects {
  readonly host: Host
  readonly inodes: Inodes
  /** Seconds since 1970: the times of all objects. */
  readonly started = Math.floor(Date.now() / 1000)

  constructor(host: Host) {
    this.host = host
    this.inodes = new Inodes(host)
  }

  /** The inode of a number, and its object in the newest tree; undefined once it is gone. */
  current(nodeid: number): { inode: Inode; node: SysfsNode | undefined } {
    const inode = this.inodes.at(nodeid)
    if (inode === undefined) throw new Errno(E.ESTALE)
    this.host.refresh()
    return { inode, node: this.inodes.nodeOf(inode) }
  }

  /** ESTALE makes the kernel look up the whole path once more. */
  missing(inode: Inode): number {
    return this.inodes.isReplaced(inode) ? E.ESTALE : E.ENOENT
  }
}
