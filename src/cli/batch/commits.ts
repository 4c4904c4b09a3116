import { onSettled } from '../../app/migration/unsettled.ts'
import { openStore } from '../../app/transaction.ts'
import { copyState } from '../../engine/copy-state.ts'
import type { HostState } from '../../engine/state.ts'
import { shellWords } from '../../errors/shell-words.ts'
import { AlreadyDone } from '../../store/already-done.ts'
import type { Store } from '../../store/store.ts'
import type { Context } from '../context.ts'
import { previousOperation } from '../previous-operation.ts'
import type { Interpreter } from '../spec.ts'
import type { BatchLine } from './lines.ts'

/** The transactions of a batch. Each is named after its lines, so that an interrupted batch can be resumed. */
export class Commits {
  readonly #context: Context
  readonly #store: Store<HostState>
  readonly #atomic: boolean
  readonly #read: Interpreter['read']
  /** the state so far, under --dry-run */
  #dry: HostState | undefined

  private constructor(context: Context, store: Store<HostState>, atomic: boolean, { read }: Interpreter) {
    this.#read = read
    this.#context = context
    this.#store = store
    this.#atomic = atomic
  }

  static async open(context: Context, atomic: boolean, interpreter: Interpreter): Promise<Commits> {
    return new Commits(context, await openStore(context), atomic, interpreter)
  }

  /**
   * The number of leading lines that an earlier batch with the same operation id answered.
   * @throws NvError if its file was another one
   */
  async repeated(lines: readonly BatchLine[]): Promise<number> {
    const { operationId, dryRun } = this.#context.settings
    if (operationId === undefined || dryRun || this.#atomic) return 0
    for (let count = lines.length; count > 0; count -= 1) if (await this.#isDone(lines.slice(0, count))) return count
    return 0
  }

  /** Runs `act` and commits its changes. @throws AlreadyDone if another process has committed the same lines */
  async commit<R>(lines: readonly BatchLine[], act: (state: HostState) => Promise<R>): Promise<R> {
    if (this.#context.settings.dryRun) return this.#try(act)
    const { io, argv } = this.#context
    const operation = {
      id: this.#idOf(lines) ?? io.uuid(),
      isFresh: this.#idOf(lines) === undefined,
      time: io.now().toISOString(),
      command: this.#atomic ? shellWords(argv) : `${shellWords(argv)} # ${rangeText(lines)}`,
    }
    return onSettled(this.#context, (begin) =>
      this.#store.transactAsync(operation, (state) => {
        begin(state)
        return act(state)
      }),
    )
  }

  async #try<R>(act: (state: HostState) => Promise<R>): Promise<R> {
    const state = copyState(this.#dry ?? this.#store.read())
    const result = await act(state)
    this.#dry = state
    return result
  }

  #idOf(lines: readonly BatchLine[]): string | undefined {
    const { operationId } = this.#context.settings
    if (operationId === undefined || this.#atomic) return operationId
    return `${operationId}.${lines[0]?.number ?? 0}-${lines.at(-1)?.number ?? 0}`
  }

  async #isDone(lines: readonly BatchLine[]): Promise<boolean> {
    const id = this.#idOf(lines) ?? ''
    try {
      this.#store.transact({ id, time: '', command: '' }, () => {})
      return false
    } catch (error) {
      if (!(error instanceof AlreadyDone)) throw error
      await previousOperation(this.#store, id, this.#context.argv, this.#read)
      return true
    }
  }
}

export function rangeText(lines: readonly BatchLine[]): string {
  const [first, last] = [lines[0]?.number, lines.at(-1)?.number]
  return first === last ? `line ${first}` : `lines ${first} to ${last}`
}
