import type { NvmlReturn } from '../abi/nvml/return.ts'
import type { Context } from '../app/context.ts'
import { changeHost } from '../app/transaction.ts'
import type { HostState } from '../engine/state.ts'
import { NvmlError, returnOf } from './error.ts'
import type { EventSets } from './events.ts'

/** The other side of one connection, as the functions need it. */
export interface Client {
  /** Address of the client's count of nvmlInit. */
  readonly initAddress: bigint
  readonly pid: number
  readonly events: EventSets
  readonly changes: Changes
}

/** Changes through the product's own verbs: the same transaction, history, undo and refusals. */
export class Changes {
  readonly #context: Context
  readonly #readOnly: boolean

  constructor(context: Context, readOnly: boolean) {
    this.#context = context
    this.#readOnly = readOnly
  }

  /**
   * Runs a verb as its command would.
   * @param command words of the command, for the history
   * @param busy the code if a vGPU prevents the change
   * @throws NvmlError NO_PERMISSION on a server that only reads, else the verb's refusal
   */
  async run(command: readonly string[], verb: (state: HostState) => void, busy?: NvmlReturn): Promise<void> {
    if (this.#readOnly) throw new NvmlError('NO_PERMISSION')
    try {
      await this.count(command, verb)
    } catch (error) {
      throw new NvmlError(returnOf(error, busy))
    }
  }

  /** The same on a server that only reads, for the counters of faults. */
  async count(command: readonly string[], verb: (state: HostState) => void): Promise<void> {
    const { io, settings } = this.#context
    await changeHost({ io, argv: command, settings: { ...settings, dryRun: false, operationId: undefined } }, verb)
  }
}
