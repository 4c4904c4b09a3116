import type { SysfsNode } from '../../engine/sysfs/node.ts'
import { ROOT_ID } from './protocol.ts'

/** A name that the kernel knows by a number. It stands for one object: once that is gone, it stays gone. */
export interface Inode {
  readonly id: number
  readonly parent: Inode | null
  readonly name: string
  /** names that the kernel was given for it and has not forgotten */
  lookups: number
  children: Map<string, Inode> | null
  /** the object, as of `version` of the tree */
  node: SysfsNode
  version: number
  gone: boolean
  /** made by a program that has it open; an object only once its content is stored */
  isDraft: boolean
  /** the content of a file as of `contentVersion` */
  content: Uint8Array | null
  contentVersion: number
  /** the version of the tree whose listing the kernel has in its cache; -1 for none */
  listed: number
}

/** A tree that changes: its root, and a number that rises with every change. */
export interface Tree {
  readonly root: SysfsNode
  readonly version: number
}

/** The inodes that the kernel knows. They hold no state: each finds its object again after a change. */
export class Inodes {
  readonly #byId = new Map<number, Inode>()
  readonly #tree: Tree
  #next = ROOT_ID

  constructor(tree: Tree) {
    this.#tree = tree
    this.#add(null, '', tree.root)
  }

  get size(): number {
    return this.#byId.size
  }

  at(id: number): Inode | undefined {
    return this.#byId.get(id)
  }

  /** The object of an inode now; undefined once it is gone. */
  nodeOf(inode: Inode): SysfsNode | undefined {
    if (inode.gone) return undefined
    if (inode.version === this.#tree.version) return inode.node
    const node = this.#find(inode)
    if (node === undefined || !isSame(node, inode.node)) {
      this.#end(inode)
      return undefined
    }
    inode.node = node
    inode.version = this.#tree.version
    return node
  }

  /** The entry of a directory, with one more lookup; undefined if there is none. */
  lookup(parent: Inode, name: string): Inode | undefined {
    const directory = this.nodeOf(parent)
    if (directory?.kind !== 'directory') return undefined
    const known = this.child(parent, name)
    const node = known === undefined ? directory.entry(name) : known.node
    if (node === undefined) return undefined
    const inode = known ?? this.#add(parent, name, node)
    inode.lookups += 1
    return inode
  }

  /** A new entry of a directory, with one lookup; undefined for a name that cannot be created. */
  create(parent: Inode, name: string): Inode | undefined {
    const directory = this.nodeOf(parent)
    const node = directory?.kind === 'directory' ? directory.draft?.(name) : undefined
    if (node === undefined) return undefined
    const inode = this.#add(parent, name, node)
    inode.isDraft = true
    inode.lookups = 1
    return inode
  }

  /** Nobody writes an entry any more: from now on it is the object that was stored, or none. */
  settle(inode: Inode): void {
    inode.isDraft = false
    inode.version = -1
  }

  /** A known entry of a directory whose object is still there. */
  child(parent: Inode, name: string): Inode | undefined {
    const known = parent.children?.get(name)
    return known !== undefined && this.nodeOf(known) !== undefined ? known : undefined
  }

  /** Whether the name of a gone inode stands for another object now. */
  isReplaced({ parent, name }: Inode): boolean {
    const directory = parent && this.nodeOf(parent)
    return directory?.kind === 'directory' && directory.entry(name) !== undefined
  }

  /** Takes back lookups; without any left, the inode is forgotten. */
  forget(id: number, lookups: bigint): void {
    const inode = this.#byId.get(id)
    if (inode === undefined || id === ROOT_ID) return
    inode.lookups = lookups >= BigInt(inode.lookups) ? 0 : inode.lookups - Number(lookups)
    if (inode.lookups > 0) return
    this.#byId.delete(id)
    this.#detach(inode)
  }

  /** The names from the root to an inode. */
  pathOf(inode: Inode): string[] {
    const path: string[] = []
    for (let at: Inode | null = inode; at?.parent; at = at.parent) path.unshift(at.name)
    return path
  }

  #find({ parent, name, isDraft }: Inode): SysfsNode | undefined {
    if (parent === null) return this.#tree.root
    const directory = this.nodeOf(parent)
    if (directory?.kind !== 'directory') return undefined
    return directory.entry(name) ?? (isDraft ? directory.draft?.(name) : undefined)
  }

  #add(parent: Inode | null, name: string, node: SysfsNode): Inode {
    const inode: Inode = {
      id: this.#next,
      parent,
      name,
      lookups: 0,
      children: null,
      node,
      version: this.#tree.version,
      gone: false,
      isDraft: false,
      content: null,
      contentVersion: -1,
      listed: -1,
    }
    this.#next += 1
    this.#byId.set(inode.id, inode)
    if (parent !== null) {
      parent.children ??= new Map()
      parent.children.set(name, inode)
    }
    return inode
  }

  #end(inode: Inode): void {
    inode.gone = true
    this.#detach(inode)
  }

  #detach({ parent, name, id }: Inode): void {
    if (parent?.children?.get(name)?.id === id) parent.children.delete(name)
  }
}

/** Whether a node can be the object of an earlier one. A link with another target is another link: the kernel keeps targets. */
function isSame(node: SysfsNode, earlier: SysfsNode): boolean {
  if (node.kind === 'link') return earlier.kind === 'link' && node.target === earlier.target
  return node.kind === earlier.kind
}
