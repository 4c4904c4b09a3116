import type { Contents } from './contents.ts'
import { Gains, UNIT } from './gain.ts'
import { demandOf, leavingOut, type Problem, sizesOf } from './problem.ts'

/** A position of the search: the contents of all GPUs, the vGPUs that want a place, and how many may be left out. */
export interface Position {
  readonly contents: readonly number[]
  /** by kind */
  readonly wanting: readonly number[]
  /** by kind: asked vGPUs among them, at most */
  readonly optional: readonly number[]
}

/** Rounds of the search for weights. */
const ROUNDS = 200

/** Lower bounds on the cost from a position on, by one or more sets of weights. */
export class Bounds {
  readonly #problem: Problem
  readonly #contents: Contents
  readonly #demand: readonly number[]
  readonly #out: number
  readonly #sets: { weights: readonly number[]; gains: Gains }[] = []

  constructor(problem: Problem, contents: Contents) {
    this.#problem = problem
    this.#contents = contents
    this.#demand = demandOf(problem)
    this.#out = leavingOut(problem)
    this.add(problem.kinds.map(() => 0))
  }

  /** The sets of weights in use: with them anybody can work out the same bounds. */
  get weights(): (readonly number[])[] {
    return this.#sets.map(({ weights }) => weights)
  }

  add(weights: readonly number[]): void {
    this.#sets.push({ weights, gains: new Gains(this.#problem, this.#demand, weights) })
  }

  /** No plan from here costs less. */
  at(position: Position): number {
    return Math.max(...this.#sets.map(({ weights, gains }) => this.#bound(position, weights, gains).bound))
  }

  /** Looks for weights with a higher bound at a position, up to `target`, and adds them. @returns the new bound */
  sharpen(position: Position, target: number): number {
    let best = this.at(position)
    for (const start of this.#starts(position)) {
      if (best >= target) return best
      const found = this.#ascend(position, start, target)
      if (found.bound <= best) continue
      best = found.bound
      this.add(found.weights)
    }
    return best
  }

  /** Weights to begin with: the last ones, and sizes so heavy that any lack of room shows. */
  #starts({ optional }: Position): (readonly number[])[] {
    const sizes = sizesOf(this.#problem)
    const largest = Math.max(1, ...sizes.filter((_, kind) => (optional[kind] ?? 0) > 0))
    const heavy = sizes.map((size) => Math.floor((size * this.#out * UNIT) / largest))
    return [this.#sets.at(-1)?.weights ?? [], heavy]
  }

  /** Ascent along subgradients. */
  #ascend(position: Position, start: readonly number[], target: number): { weights: readonly number[]; bound: number } {
    let weights = start
    let best = { weights, bound: 0, exact: Number.NEGATIVE_INFINITY }
    let pace = 1
    for (let round = 0; round < ROUNDS && best.bound < target; round += 1) {
      const now = this.#bound(position, weights, new Gains(this.#problem, this.#demand, weights))
      if (now.exact > best.exact) best = { weights, bound: now.bound, exact: now.exact }
      else pace *= 0.97
      const length = now.slope.reduce((sum, one) => sum + one * one, 0)
      if (length === 0) break
      const step = (pace * (target * UNIT - now.exact)) / length
      weights = weights.map((weight, kind) => Math.max(0, Math.round(weight + step * (now.slope[kind] ?? 0))))
    }
    return best
  }

  /** The bound at given weights; `exact` is in units of weights, `slope` the lack of places by kind. */
  #bound({ contents, wanting, optional }: Position, weights: readonly number[], gains: Gains) {
    const most = this.#out * UNIT
    const slope = [...wanting]
    let exact = 0
    for (const [kind, number] of wanting.entries()) {
      const weight = weights[kind] ?? 0
      const free = Math.min(number, optional[kind] ?? 0)
      exact += (number - free) * weight + free * Math.min(weight, most)
      if (weight >= most) slope[kind] = (slope[kind] ?? 0) - free
    }
    for (const id of contents) {
      const { value, net } = gains.of(id, this.#contents.at(id))
      exact -= value
      for (const [kind, number] of net.entries()) slope[kind] = (slope[kind] ?? 0) - number
    }
    return { exact, bound: Math.max(0, Math.ceil(exact / UNIT)), slope }
  }
}
