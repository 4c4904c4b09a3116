import type { SysfsDirectory, SysfsNode } from '../engine/sysfs/node.ts'
import { ENTRY_SECONDS } from './fuse/host.ts'
import type { Promises } from './promises.ts'

/** Most names that are compared after a change. Of more, the kernel asks again for all. */
const MOST = 64

/** A name that the kernel may keep. */
interface KeptName {
  /** inode of the directory */
  readonly parent: number
  readonly name: string
  /** names from the root of the tree, joined by slashes */
  readonly path: string
  /** the answer that the kernel has */
  readonly answer: string
  /** when it has surely expired, in milliseconds */
  readonly until: number
}

/** A promise as the thread that answers requests notes it. */
export function promiseOf(path: readonly string[], node: SysfsNode): string {
  return `${answerOf(node)}\0${path.join('/')}`
}

/** The names that the kernel keeps, for the thread that makes the kernel ask again. */
export class KeptNames {
  readonly #promises: Promises
  #names: KeptName[] = []
  /** the names whose answer a change leaves as it is, and the others; undefined if nobody has compared them */
  #compared: { readonly same: KeptName[]; readonly other: KeptName[] } | undefined

  constructor(promises: Promises) {
    this.#promises = promises
  }

  /** Compares the answers that the kernel has with a tree. */
  compare(tree: SysfsDirectory): void {
    const now = Date.now()
    this.#names = [...this.#names.filter(({ until }) => until >= now), ...this.#taken(now)]
    if (this.#names.length > MOST) return
    const known = new Map<string, SysfsNode | undefined>([['', tree]])
    const same: KeptName[] = []
    const other: KeptName[] = []
    for (const name of this.#names) {
      const node = nodeAt(name.path, known)
      ;(node !== undefined && answerOf(node) === name.answer ? same : other).push(name)
    }
    this.#compared = { same, other }
  }

  /** After a change: the names that the kernel has to ask for again. @param isOnly nothing else changed since `compare` */
  take(isOnly: boolean): KeptName[] {
    const compared = isOnly ? this.#compared : undefined
    const { same, other } = compared ?? { same: [], other: this.#names }
    this.#compared = undefined
    this.#names = same
    return [...other, ...this.#taken(Date.now())]
  }

  #taken(now: number): KeptName[] {
    return this.#promises.takeAll(now).map(({ parent, name }) => {
      const [answer = '', path = ''] = name.split('\0')
      return { parent, name: path.slice(path.lastIndexOf('/') + 1), path, answer, until: now + ENTRY_SECONDS * 1000 }
    })
  }
}

/** What an inode is as long as it exists: its kind, and the target of a link. */
function answerOf(node: SysfsNode): string {
  return node.kind === 'link' ? `link ${node.target}` : node.kind
}

/** @param known the nodes found before, by path */
function nodeAt(path: string, known: Map<string, SysfsNode | undefined>): SysfsNode | undefined {
  if (known.has(path)) return known.get(path)
  const slash = path.lastIndexOf('/')
  const parent = nodeAt(path.slice(0, Math.max(slash, 0)), known)
  const node = parent?.kind === 'directory' ? parent.entry(path.slice(slash + 1)) : undefined
  known.set(path, node)
  return node
}
