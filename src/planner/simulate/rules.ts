import type { NodeState, Place, Request, Shape } from '../policies/policy.ts'

/** The GPUs that a request holds: their amounts left at present, and the first slot of a vGPU. */
export interface Held {
  readonly left: readonly number[]
  readonly slot: number
}

/** Which requests a node can take, and its state afterwards. */
export interface Rules<N extends NodeState = NodeState> {
  idle(shape: Shape): N
  /** Equal for states that no request and no policy can tell apart. */
  key(state: N): string | number
  /** Whether a node in this state takes no request of the run any more. False where that is not known. */
  isClosed(state: N): boolean
  /** The places on a node, one for each choice of GPUs that makes a difference; the host's own choice is the first. */
  places(state: N, request: Request): Iterable<Place<N>>
  /** The state after a request has left. */
  released(state: N, request: Request, held: Held): N
  /** Amount of GPU of a node that requests like this one can get, one after the other. */
  usable(state: N, request: Request): number
}
