import { STATE } from '../contract/state-contract.ts'
import { checkHost } from '../engine/invariants.ts'
import { newHost } from '../engine/new-host.ts'
import { findWith } from '../engine/select.ts'
import type { HostState } from '../engine/state.ts'
import { NvError } from '../errors/nv-error.ts'
import { shellWords } from '../errors/shell-words.ts'
import { Store } from '../store/store.ts'
import type { Context } from './context.ts'
import { keepTrace } from './keep-trace.ts'
import { onSettled } from './migration/unsettled.ts'

/** The host of a process that stays: it reads the state once, and then only the changes of others. */
export class ResidentHost {
  readonly #context: Context
  readonly #store: Store<HostState>

  constructor(context: Context) {
    this.#context = context
    const model = { schema: STATE.schema, contract: STATE, initial: () => newHost(), check: checkHost }
    this.#store = Store.open<HostState>({ dir: context.settings.stateDir, model })
  }

  /**
   * Runs a changing verb as one transaction, under the words of a command line. It becomes durable with the next `sync`.
   */
  change<R>(argv: readonly string[], verb: (state: HostState) => R): Promise<R> {
    const { io } = this.#context
    const operation = {
      id: io.uuid(),
      isFresh: true,
      isDeferred: true,
      time: io.now().toISOString(),
      command: shellWords(argv),
    }
    return onSettled(this.#context, (begin) =>
      this.#store.transact(operation, (state, finder) => {
        begin(state)
        findWith(state, finder)
        return keepTrace(state, () => verb(state))
      }),
    )
  }

  /** Whether it is certain that nobody else changed the host between the last change here and the one before. */
  get isContinued(): boolean {
    return this.#store.isContinued
  }

  /** Whether somebody else has changed the host since the last change here, or may have. */
  hasNews(): boolean {
    try {
      return this.#store.hasNews()
    } catch (error) {
      if (error instanceof NvError) return true
      throw error
    }
  }

  /** Makes all changes so far durable. @throws NvError outcome-unknown: none of them may be acknowledged */
  sync(): void {
    this.#store.syncDeferred()
  }
}
