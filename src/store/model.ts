import type { StateContract } from '../contract/state-contract.ts'

/** What the store asks of a state: JSON all through, and one shard file for each element of `gpus`. */
export interface StateTree {
  /** version of the form of the tree; a newer one than the program knows is refused */
  schema: number
  /** each with a string `bdf`, a full PCI address in lower case, no two the same */
  gpus: unknown[]
}

/** What the store has to know about the states it keeps. */
export interface Model<S extends StateTree> {
  /** the newest schema this program reads, and the one it writes */
  readonly schema: number
  /** what the states look like, and how those of earlier programs become so; without it they are taken as they are */
  readonly contract?: StateContract
  /** the state of a directory in which nothing was ever changed */
  initial(): S
  /** The rules that a state breaks, one sentence each; `touched` are the indices of the GPUs that were read or set. */
  check(state: S, touched: number[]): string[]
}
