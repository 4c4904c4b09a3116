import { heldAfter, type NodeState, type Request, type Shape } from '../policies/policy.ts'

/** A GPU of a vGPU host as a node. What only some policies ask for is computed on demand. */
export class VgpuNode implements NodeState {
  readonly shape: Shape
  readonly cpu = 0
  readonly memory = 0
  readonly free: number
  #space: number | (() => number)
  #held: ReadonlyMap<number, number> | (() => ReadonlyMap<number, number>)

  /** @param space number of its state by the host's rules */
  constructor(shape: Shape, free: number, space: number | (() => number), held: () => ReadonlyMap<number, number>) {
    this.shape = shape
    this.free = free
    this.#space = space
    this.#held = held
  }

  get gpus(): readonly number[] {
    return [this.free]
  }

  get space(): number {
    if (typeof this.#space === 'function') this.#space = this.#space()
    return this.#space
  }

  get held(): ReadonlyMap<number, number> {
    if (typeof this.#held === 'function') this.#held = this.#held()
    return this.#held
  }

  /** The GPU with one vGPU more or less. */
  changed(request: Request, change: 1 | -1, space: number | (() => number)): VgpuNode {
    const free = this.free - change * request.each
    return new VgpuNode(this.shape, free, space, () => heldAfter(this, request, change))
  }
}
