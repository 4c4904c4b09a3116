import type { NodeState, Request } from '../policies/policy.ts'
import type { Rules } from './rules.ts'
import type { Frequent } from './waste.ts'

/**
 * The GPU of a node that is lost for a request: that which is left when the node has been filled with such requests. As
 * a mean over the requests of the run, in the unit of the GPUs.
 */
export class Lost {
  readonly #rules: Rules
  readonly #mix: readonly { readonly request: Request; readonly share: number }[]

  constructor(rules: Rules, mix: readonly Frequent[]) {
    const total = mix.reduce((sum, { count }) => sum + count, 0)
    this.#rules = rules
    this.#mix = mix.flatMap(({ request, count }) => (request.gpus === 0 ? [] : { request, share: count / total }))
  }

  of(state: NodeState): number {
    let sum = 0
    for (const { request, share } of this.#mix) sum += share * (state.free - this.#rules.usable(state, request))
    return sum
  }
}
