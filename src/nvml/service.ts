import type { NvmlReturn } from '../abi/nvml/return.ts'
import { isNvmlReturn, nvmlReturnName } from '../abi/nvml/return.ts'
import type { Context } from '../app/context.ts'
import { Faults } from '../engine/faults.ts'
import { oneLine } from '../errors/printable.ts'
import type { Call } from './call.ts'
import { Changes, type Client } from './client.ts'
import { NvmlError, returnOf } from './error.ts'
import { EventSets } from './events.ts'
import { Facts } from './facts.ts'
import { rowOf } from './functions/rows.ts'
import type { Outcome } from './row.ts'

/** Settings of a server. */
export interface ServiceOptions {
  /** Setters answer NO_PERMISSION. */
  readonly readOnly: boolean
  /** The load is that of the host's own time; else time passes while the server runs. */
  readonly still: boolean
  /** When the server began, from which on time passes. */
  readonly began: Date
  /** Sees every finished call. */
  readonly traced?: (call: Call, number: number, ms: number) => void
}

/** What all connections of a server share: the facts of one host, its event sets, and the rows of the functions. */
export class Service {
  readonly facts: Facts
  readonly traced: ServiceOptions['traced']
  readonly #context: Context
  readonly #events: EventSets
  readonly #changes: Changes
  /** Changes for other users than the owner. */
  readonly #refused: Changes
  /** Calls that have passed their fault point, and run again for memory of the caller. */
  readonly #visited = new WeakSet<Call>()
  /** Connections of each process. */
  readonly #connections = new Map<number, number>()

  constructor(context: Context, options: ServiceOptions) {
    this.#context = context
    this.facts = new Facts(context, options)
    this.traced = options.traced
    this.#events = new EventSets(this.facts)
    this.#changes = new Changes(context, options.readOnly)
    this.#refused = new Changes(context, true)
  }

  /** @param isOwner the client may change the host */
  joined(pid: number, initAddress: bigint, isOwner: boolean): Client {
    this.#connections.set(pid, (this.#connections.get(pid) ?? 0) + 1)
    return { pid, initAddress, events: this.#events, changes: isOwner ? this.#changes : this.#refused }
  }

  /** A connection of the client has closed. */
  left({ pid }: Client): void {
    const others = (this.#connections.get(pid) ?? 1) - 1
    if (others > 0) this.#connections.set(pid, others)
    else {
      this.#connections.delete(pid)
      this.#events.leave(pid)
    }
  }

  /** Answers a call. @throws NvmlError, Wanted */
  answer(call: Call, client: Client): Outcome {
    const { name } = call.fn
    this.facts.follow()
    const { faults } = this.facts.state
    const isArmed = faults.length > 0 && faults.some(({ point }) => point === `nvml.${name}`)
    if (isArmed && !this.#visited.has(call)) return this.#faulty(call, client)
    return this.#plain(call, client)
  }

  /** The return code of what a call has thrown. A fault of the server itself is told on standard error. */
  codeOf(call: Call, error: unknown): NvmlReturn {
    const code = returnOf(error)
    if (code === 'UNKNOWN' && !(error instanceof NvmlError)) {
      const text = error instanceof Error ? error.message : String(error)
      this.#context.io.stderr.write(`nvgpu: nvml: ${call.fn.name}: ${oneLine(text)}\n`)
    }
    return code
  }

  close(): void {
    this.facts.close()
  }

  #plain(call: Call, client: Client): Outcome {
    const row = rowOf(call.fn.name)
    if (row === undefined) return 'NOT_SUPPORTED'
    return row.answer(call, client)
  }

  /** Counts the visit to the function's fault point in the state. */
  async #faulty(call: Call, client: Client): Promise<NvmlReturn> {
    const point = `nvml.${call.fn.name}`
    let effect: string | null = null
    this.#visited.add(call)
    await this.#changes.count([`nvml.${call.fn.name}`], (state) => {
      effect = new Faults(state.faults).at(point)
    })
    if (effect !== null) return effectOf(effect)
    this.facts.follow()
    return this.#plain(call, client)
  }
}

/** The return code that an armed fault names: a name, or a number. */
function effectOf(effect: string): NvmlReturn {
  return isNvmlReturn(effect) ? effect : nvmlReturnName(Number(effect))
}
