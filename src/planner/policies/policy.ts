/** Requests that GPU clustering keeps together: 0 for shares of one GPU, else the number of whole GPUs. */
export type Kind = number

/** A request of one task or vGPU, as a scheduler sees it. */
export interface Request {
  /** thousandths of a CPU */
  readonly cpu: number
  /** MiB of main memory */
  readonly memory: number
  /** number of GPUs; 0 for a task without one */
  readonly gpus: number
  /** of each GPU, in the unit of the fleet: thousandths, or MiB of framebuffer */
  readonly each: number
  /** models that it accepts; undefined for all */
  readonly models: readonly string[] | undefined
  /** id of a vGPU type; undefined for a share */
  readonly vgpuType: number | undefined
}

/** The fixed part of a node. */
export interface Shape {
  readonly model: string
  readonly cpu: number
  readonly memory: number
  readonly gpus: number
  /** amount of one GPU */
  readonly each: number
  /** number of its rules among those of the run; -1 for a node that gives shares */
  readonly rules: number
}

/** A node as it is between two requests; nodes with equal states share one object. */
export interface NodeState {
  readonly shape: Shape
  /** free thousandths of CPUs */
  readonly cpu: number
  /** free MiB of main memory */
  readonly memory: number
  /** free amount of each GPU, ascending */
  readonly gpus: readonly number[]
  /** sum of `gpus` */
  readonly free: number
  /** number of requests by kind */
  readonly held: ReadonlyMap<Kind, number>
  /** number of the state by the rules of a vGPU host; -1 for a node that gives shares */
  readonly space: number
}

/** A node that can take the request, and the state that it then has. */
export interface Place<N extends NodeState = NodeState> {
  readonly before: N
  readonly after: N
  /** free amounts of the chosen GPUs before */
  readonly chosen: readonly number[]
  /** number of choices of GPUs that come to the same */
  readonly alike: number
  /** first slot of a vGPU, where its GPU has slots */
  readonly slot: number
}

/** Facts of the whole run. */
export interface Fleet {
  /** the most CPU and GPU of any node */
  readonly maxCpu: number
  readonly maxGpu: number
  /** GPU of a node that a request of the run cannot use, as a mean over the requests: FGD's measure. */
  wasted(state: NodeState): number
  /** GPU that is left when a node has been filled with equal requests by all rules of its host, as a mean over the requests. */
  lost(state: NodeState): number
  /** Demand for a model in relation to its number: 1 on average. */
  demand(model: string): number
}

/** A scheduling policy. The place with the highest score wins. */
export interface Policy {
  readonly name: string
  readonly summary: string
  /** Among equal scores: the first node, or one drawn among them. */
  readonly ties: 'first' | 'drawn'
  /** GPU of a share: the one with least left that fits, one drawn, or the one with the best score. */
  readonly gpu: 'least' | 'drawn' | 'scored'
  score(place: Place, request: Request, fleet: Fleet): number
}

/** Kind of a request on nodes of a shape: every share is one kind, whole GPUs are one kind a count. */
export function kindOf({ gpus, each }: Request, shape: Shape): Kind {
  return each < shape.each ? 0 : gpus
}

/** The requests of a node by kind, with one more or one less. */
export function heldAfter({ held, shape }: NodeState, request: Request, change: 1 | -1): ReadonlyMap<Kind, number> {
  if (request.gpus === 0) return held
  const kind = kindOf(request, shape)
  const count = (held.get(kind) ?? 0) + change
  const after = new Map(held)
  if (count > 0) after.set(kind, count)
  else after.delete(kind)
  return after
}
