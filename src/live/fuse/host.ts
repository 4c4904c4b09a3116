import type { SysfsNode } from '../../engine/sysfs/node.ts'
import type { Tree } from './inodes.ts'

/** Seconds that the kernel may keep a promised name. */
export const ENTRY_SECONDS = 1

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
