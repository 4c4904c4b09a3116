import type { NodeState, Place, Request } from '../policies/policy.ts'
import type { Rules } from './rules.ts'

interface Lease {
  readonly node: number
  readonly request: Request
  readonly gpus: readonly number[]
  readonly slot: number
}

/** The GPUs that each request holds, for traces whose requests leave. States do not tell equal GPUs apart; this does. */
export class Leases {
  /** amounts left of the GPUs of a node, by GPU */
  readonly #left = new Map<number, number[]>()
  readonly #leases = new Map<number, Lease>()

  take(line: number, node: number, request: Request, { before, chosen, slot }: Place): void {
    const left = this.#left.get(node) ?? [...before.gpus]
    this.#left.set(node, left)
    const gpus: number[] = []
    for (const amount of chosen) {
      const gpu = left.findIndex((other, index) => other === amount && !gpus.includes(index))
      gpus.push(gpu)
    }
    for (const gpu of gpus) left[gpu] = (left[gpu] as number) - request.each
    this.#leases.set(line, { node, request, gpus, slot })
  }

  /** @returns the node, its state without the request, and the request; undefined for a line that holds nothing */
  release(
    line: number,
    rules: Rules,
    stateOf: (node: number) => NodeState,
  ): { node: number; after: NodeState; request: Request } | undefined {
    const lease = this.#leases.get(line)
    if (lease === undefined) return undefined
    this.#leases.delete(line)
    const { node, request, gpus, slot } = lease
    const left = this.#left.get(node) as number[]
    const after = rules.released(stateOf(node), request, { left: gpus.map((gpu) => left[gpu] as number), slot })
    for (const gpu of gpus) left[gpu] = (left[gpu] as number) + request.each
    return { node, after, request }
  }
}
