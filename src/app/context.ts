import type { HostState } from '../engine/state.ts'
import type { Io } from './io.ts'

/** The settings of a request that decide what it does, and on which host. */
export interface RequestSettings {
  readonly stateDir: string
  readonly dryRun: boolean
  /** The caller's id of this change; undefined without one. */
  readonly operationId: string | undefined
}

/** A request: its settings, the words that history records, and the world outside. */
export interface Context<S extends RequestSettings = RequestSettings> {
  readonly io: Io
  readonly settings: S
  /** The words of the command line, for the history. */
  readonly argv: readonly string[]
  /** Present while the verb is a line of a batch: the host is that of its transaction, and not in the files yet. */
  readonly inHand?: HostInHand
}

/** A host in the middle of a transaction. */
export interface HostInHand {
  look<R>(look: (state: HostState) => R): R
  change<R>(verb: (state: HostState) => R): R
  /** On a copy that is dropped. */
  attempt<R>(verb: (state: HostState) => R): R
}
