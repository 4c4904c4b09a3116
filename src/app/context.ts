import type { HostState } from '../engine/state.ts'
import type { Io } from './io.ts'

/** The settings of a request that decide its effect, and its host. */
export interface RequestSettings {
  readonly stateDir: string
  readonly dryRun: boolean
  /** The caller's operation id; undefined without one. */
  readonly operationId: string | undefined
}

/** A request: its settings, its command line for the history, and its I/O. */
export interface Context<S extends RequestSettings = RequestSettings> {
  readonly io: Io
  readonly settings: S
  /** The words of the command line, for the history. */
  readonly argv: readonly string[]
  /**
   * Present while the verb runs as a line of a batch: the state is that of the transaction and not yet in the files.
   */
  readonly transaction?: Transaction
}

/** The host of an open transaction. */
export interface Transaction {
  look<R>(look: (state: HostState) => R): R
  change<R>(verb: (state: HostState) => R): R
  /** On a copy that is dropped. */
  attempt<R>(verb: (state: HostState) => R): R
}
