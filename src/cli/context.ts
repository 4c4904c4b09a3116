import type { Host } from '../engine/host.ts'
import type { HostState } from '../engine/state.ts'
import type { Io } from './io.ts'
import type { Settings } from './settings.ts'

/** What a verb runs in. */
export interface Context {
  readonly io: Io
  readonly settings: Settings
  /** The words of the command line, for the history. */
  readonly argv: readonly string[]
  /** Present while the verb is a line of a batch: the host is that of its transaction, and not in the files yet. */
  readonly inHand?: HostInHand
}

/** A host in the middle of a transaction. */
export interface HostInHand {
  look<R>(look: (host: Host, state: HostState) => R): R
  change<R>(verb: (host: Host, state: HostState) => R): R
  /** On a copy that is dropped. */
  attempt<R>(verb: (host: Host, state: HostState) => R): R
}
