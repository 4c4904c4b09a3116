import type { NodeState, Request } from '../policies/policy.ts'

/** A kind of request, and how often it occurs. */
export interface Frequent {
  readonly request: Request
  readonly count: number
}

/** Requests that differ in their CPUs alone, by ascending CPUs. */
interface Group {
  readonly gpus: number
  readonly each: number
  readonly models: readonly string[] | undefined
  readonly cpus: number[]
  /** share of the requests with at most `cpus[i]` */
  readonly upTo: number[]
}

/**
 * FGD's measure of fragmentation: the GPU of a node that is waste for a request, as a mean over the requests of the
 * run. For a request that cannot run there all GPU that is left is waste; else the GPUs with too little left. Memory has no part in it.
 */
export class Waste {
  readonly #groups: readonly Group[]
  readonly #byModel = new Map<string, readonly Group[]>()

  constructor(mix: readonly Frequent[]) {
    this.#groups = groupsOf(mix)
  }

  /** In the unit of the GPUs. */
  of({ shape, cpu, gpus, free }: NodeState): number {
    let sum = 0
    for (const group of this.#of(shape.model)) {
      const share = atMost(group, cpu)
      const all = group.upTo[group.upTo.length - 1] ?? 0
      sum += (all - share) * free
      if (share > 0) sum += share * leftOver(group, gpus, free)
    }
    return sum
  }

  #of(model: string): readonly Group[] {
    let found = this.#byModel.get(model)
    if (found === undefined) {
      // A group for another model never runs here.
      found = this.#groups.map((group) =>
        group.models === undefined || group.models.includes(model)
          ? group
          : { ...group, cpus: group.cpus.map(() => Number.POSITIVE_INFINITY) },
      )
      this.#byModel.set(model, found)
    }
    return found
  }
}

/** The share of a group's requests that these CPUs suffice for. */
function atMost({ cpus, upTo }: Group, cpu: number): number {
  let share = 0
  for (let index = 0; index < cpus.length && (cpus[index] as number) <= cpu; index += 1) share = upTo[index] as number
  return share
}

function leftOver(group: Group, gpus: readonly number[], free: number): number {
  const limit = group.each
  let fitting = 0
  let waste = 0
  for (const left of gpus) {
    if (left < limit) waste += left
    else fitting += 1
  }
  return fitting < group.gpus ? free : waste
}

function groupsOf(mix: readonly Frequent[]): Group[] {
  const total = mix.reduce((sum, { count }) => sum + count, 0)
  const groups = new Map<string, Group>()
  for (const { request, count } of [...mix].sort((a, b) => a.request.cpu - b.request.cpu)) {
    const { gpus, each, models, cpu } = request
    if (gpus === 0) continue
    const key = `${gpus} ${each} ${models?.join('|') ?? ''}`
    const group = groups.get(key) ?? { gpus, each, models, cpus: [], upTo: [] }
    groups.set(key, group)
    group.cpus.push(cpu)
    group.upTo.push((group.upTo[group.upTo.length - 1] ?? 0) + count / total)
  }
  return [...groups.values()]
}
