import type { SysfsNode } from '../../engine/sysfs/node.ts'
import type { Inode } from './inodes.ts'

export const NOTHING = new Uint8Array()

/** The content of a file. It follows from the version of the tree. */
export function contentOf(inode: Inode, show: () => Uint8Array): Uint8Array {
  if (inode.content === null || inode.contentVersion !== inode.version) {
    inode.content = show()
    inode.contentVersion = inode.version
  }
  return inode.content
}

/** Nothing can be shown of a file that is only written. */
export function showOf(node: SysfsNode): () => Uint8Array {
  return (node.kind === 'file' ? node.show : null) ?? (() => NOTHING)
}
