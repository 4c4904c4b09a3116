import { Bounds, type Position } from './bounds.ts'
import { Contents } from './contents.ts'
import { leavingOut, type Problem, sizesOf } from './problem.ts'

/** A position and its cost so far. */
interface Node extends Position {
  readonly cost: number
}

/** A complete plan of the search: the contents of the GPUs, one by one, before and after. */
export interface Found<T> {
  readonly cost: number
  /** Number of asked vGPUs without a place, by kind. */
  readonly leftOut: readonly number[]
  readonly accepted: T
}

export interface Outcome<T> {
  readonly found: Found<T>
  /** No plan costs less. Equal to the cost of the plan, unless the search gave up. */
  readonly bound: number
  /** The bound that `weights` prove by themselves, and the weights by kind. */
  readonly weighed: number
  readonly weights: readonly number[]
  /** positions looked into */
  readonly nodes: number
}

/** What a finished position is worth to the caller: null refuses it, else `extra` counts as more cost. */
export type Accept<T> = (
  contents: Contents,
  after: readonly number[],
  allowed: number,
) => { extra: number; value: T } | null

export interface Effort {
  /** Positions to look into; then the search gives up with a plan and the bound so far. */
  readonly most: number
  /** The search ends at a bound so high: no plan that costs as much is of use. */
  readonly enough: number
}

/**
 * The cheapest plan, by iterative deepening: all plans up to a bound, then up to the next bound. Half of the positions are for
 * that, the rest for plans that are better than the best so far. In each position the largest vGPU without a place is placed in
 * every way. Positions that differ in the order of equal GPUs are one.
 */
export function search<T>(problem: Problem, { most, enough }: Effort, accept: Accept<T>): Outcome<T> {
  return new Search(problem, { most, enough }, accept).run()
}

class Search<T> {
  readonly #problem: Problem
  readonly #most: number
  readonly #enough: number
  readonly #accept: Accept<T>
  readonly #contents: Contents
  readonly #bounds: Bounds
  /** profile size by kind, GiB */
  readonly #sizes: readonly number[]
  /** Kinds, the largest first: it has the fewest places. */
  readonly #order: readonly number[]
  readonly #out: number
  #nodes = 0
  /** The number of positions at which the present pass ends. */
  #end = 0
  /** Cost of the plans that the present pass looks for, at most. */
  #limit = 0
  /** The least cost above the limit that was met. */
  #next = Number.POSITIVE_INFINITY
  #seen = new Set<string>()

  constructor(problem: Problem, { most, enough }: Effort, accept: Accept<T>) {
    this.#problem = problem
    this.#most = most
    this.#enough = enough
    this.#accept = accept
    this.#contents = new Contents(problem)
    this.#bounds = new Bounds(problem, this.#contents)
    this.#sizes = sizesOf(problem)
    this.#order = [...this.#sizes.keys()].sort((a, b) => (this.#sizes[b] ?? 0) - (this.#sizes[a] ?? 0) || a - b)
    this.#out = leavingOut(problem)
  }

  run(): Outcome<T> {
    const start: Node = {
      contents: this.#problem.gpus.map((gpu) => this.#contents.start(gpu)),
      wanting: this.#problem.asked,
      optional: this.#problem.asked,
      cost: 0,
    }
    let best = this.#dive(start, true) ?? this.#dive(start, false) ?? this.#nothing(start)
    const goal = () => Math.min(best.cost, this.#enough)
    const weighed = this.#bounds.sharpen(start, goal())
    let bound = weighed
    while (bound < goal()) {
      const found = this.#pass(start, bound, this.#most / 2)
      if (found === 'unknown') break
      best = found ?? best
      bound = Math.min(found?.cost ?? this.#next, goal())
    }
    while (bound < goal()) {
      const found = this.#pass(start, goal() - 1, this.#most)
      if (found === 'unknown') break
      best = found ?? best
      if (!found) bound = goal()
    }
    return {
      found: best,
      bound: Math.min(bound, best.cost),
      weighed,
      weights: this.#bounds.weights,
      nodes: this.#nodes,
    }
  }

  /** Looks for a plan within a limit. @param end number of positions to stop at */
  #pass(start: Node, limit: number, end: number): Found<T> | null | 'unknown' {
    this.#limit = limit
    this.#end = end
    this.#next = Number.POSITIVE_INFINITY
    this.#seen = new Set()
    return this.#deepen(start) ?? (this.#nodes >= end ? 'unknown' : null)
  }

  /** A plan without a guarantee: always the way that looks cheapest. @param evicting whether vGPUs may be evicted */
  #dive(start: Node, evicting: boolean): Found<T> | null {
    let node = start
    for (let kind = this.#nextKind(node); kind !== null; kind = this.#nextKind(node)) {
      this.#nodes += 1
      const before = node.cost
      const way = this.#ways(node, kind).find(({ node: { cost } }) => evicting || (cost - before) % this.#out === 0)
      if (!way) return null
      node = way.node
    }
    return this.#finish(node, Number.POSITIVE_INFINITY)
  }

  /** @returns a plan within the limit; null without one, or at the end of the pass */
  #deepen(node: Node): Found<T> | null {
    const kind = this.#nextKind(node)
    if (kind === null) return this.#reach(node)
    if (this.#nodes >= this.#end) return null
    this.#nodes += 1
    for (const { node: after, least } of this.#ways(node, kind)) {
      if (least > this.#limit) {
        this.#next = Math.min(this.#next, least)
        continue
      }
      const key = keyOf(after)
      if (this.#seen.has(key)) continue
      this.#seen.add(key)
      const found = this.#deepen(after)
      if (found || this.#nodes >= this.#end) return found
    }
    return null
  }

  #reach(node: Node): Found<T> | null {
    const found = this.#finish(node, this.#limit - node.cost)
    if (found && found.cost <= this.#limit) return found
    // another order of the same moves may need more steps
    this.#next = Math.min(this.#next, this.#limit + 1)
    return null
  }

  #finish({ contents, optional, cost }: Node, allowed: number): Found<T> | null {
    const accepted = this.#accept(this.#contents, contents, allowed)
    if (accepted === null) return null
    const leftOut = this.#problem.asked.map((number, kind) => number - (optional[kind] ?? 0))
    return { cost: cost + accepted.extra, leftOut, accepted: accepted.value }
  }

  /** The plan that places nothing. */
  #nothing({ contents }: Node): Found<T> {
    const cost = this.#out * this.#problem.asked.reduce((sum, number) => sum + number, 0)
    const accepted = this.#accept(this.#contents, contents, 0)
    if (accepted === null) throw new Error('a plan that changes nothing was refused')
    return { cost, leftOut: this.#problem.asked, accepted: accepted.value }
  }

  #nextKind({ wanting }: Node): number | null {
    return this.#order.find((kind) => (wanting[kind] ?? 0) > 0) ?? null
  }

  /** The positions after a vGPU of a kind is placed, or left out; those that promise least cost come first, then those that evict the smallest. */
  #ways(node: Node, kind: number): { node: Node; least: number }[] {
    const ways: { node: Node; least: number; size: number }[] = []
    const tried = new Set<number>()
    const add = (after: Node, size: number) =>
      ways.push({ node: after, least: after.cost + this.#bounds.at(after), size })
    for (const [gpu, content] of node.contents.entries()) {
      if (tried.has(content)) continue
      tried.add(content)
      for (const option of this.#contents.options(content, kind)) {
        const wanting = counted(node.wanting, kind, -1)
        if (this.#problem.evicted === 'move') for (const one of option.evicted) wanting[one] = (wanting[one] ?? 0) + 1
        const contents = node.contents.with(gpu, option.content)
        const size = option.evicted.reduce((sum, one) => sum + (this.#sizes[one] ?? 0), 0)
        add({ contents, wanting, optional: node.optional, cost: node.cost + option.evicted.length }, size)
      }
    }
    if ((node.optional[kind] ?? 0) > 0) {
      const [wanting, optional] = [counted(node.wanting, kind, -1), counted(node.optional, kind, -1)]
      add({ ...node, wanting, optional, cost: node.cost + this.#out }, 0)
    }
    return ways.sort((a, b) => a.least - b.least || a.node.cost - b.node.cost || a.size - b.size)
  }
}

function counted(numbers: readonly number[], kind: number, change: number): number[] {
  return numbers.map((number, at) => (at === kind ? number + change : number))
}

function keyOf({ contents, wanting, optional }: Position): string {
  return `${contents.toSorted((a, b) => a - b).join()};${wanting.join()};${optional.join()}`
}
