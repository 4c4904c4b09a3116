import { resolve } from 'node:path'
import { STATE } from '../../contract/state-contract.ts'
import { checkHost } from '../../engine/invariants.ts'
import { newHost } from '../../engine/new-host.ts'
import type { HostState } from '../../engine/state.ts'
import { type Files, nodeFiles } from '../../store/disk/files.ts'
import type { ReplayedChange } from '../../store/history.ts'
import { type Operation, Store } from '../../store/store.ts'
import { keepTrace } from '../keep-trace.ts'

/** One host of a migration: its state directory, and functions to read and change it. */
export class Side {
  /** Absolute: the other side's state records it. */
  readonly dir: string
  readonly #store: Store<HostState>
  readonly #operation: () => Operation
  readonly #files: Files

  /** @param operation a new one for every change */
  constructor(dir: string, operation: () => Operation, files = nodeFiles) {
    this.dir = resolve(dir)
    this.#files = files
    this.#operation = operation
    const model = { schema: STATE.schema, contract: STATE, initial: () => newHost(), check: checkHost }
    this.#store = Store.open<HostState>({ dir: this.dir, model, files })
  }

  /** Waits before a change is tried again. */
  pause(milliseconds: number): void {
    if (milliseconds > 0) this.#files.pause(milliseconds)
  }

  /** Whether the directory holds a host: a missing directory reads as a new host. */
  exists(): boolean {
    return this.#store.history(1).length > 0
  }

  /** Reads a copy; changes to it are dropped. */
  read<R>(look: (state: HostState) => R): R {
    return this.#store.look(look)
  }

  /** Visits the kept changes, the oldest first. */
  replay(visit: (step: ReplayedChange) => void): void {
    this.#store.replay(visit)
  }

  /** One transaction; the verb may run more than once. */
  change<R>(verb: (state: HostState) => R): R {
    return this.#store.transact(this.#operation(), (state) => keepTrace(state, () => verb(state)))
  }
}
