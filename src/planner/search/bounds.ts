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
const ROUNDS = 400
/** A step is so much shorter after a round that brings nothing. */
const PACE = 0.98
/** Share of the last direction in the next. Without it the ascent zigzags. */
const MOMENTUM = 0.7

/** Lower bounds on the cost from a position on. */
export class Bounds {
  readonly #problem: Problem
  readonly #contents: Contents
  readonly #demand: readonly number[]
  readonly #out: number
  #weights: readonly number[]
  #gains: Gains

  constructor(problem: Problem, contents: Contents) {
    this.#problem = problem
    this.#contents = contents
    this.#demand = demandOf(problem)
    this.#out = leavingOut(problem)
    this.#weights = problem.kinds.map(() => 0)
    this.#gains = this.#gainsOf(this.#weights)
  }

  /** The weights in use, by kind: with them anybody can work out the same bounds. */
  get weights(): readonly number[] {
    return this.#weights
  }

  /** No plan from here costs less. */
  at(position: Position): number {
    return this.#bound(position, this.#weights, this.#gains).bound
  }

  /** Looks for weights with a higher bound at a position, up to `target`, and takes them. @returns the new bound */
  sharpen(position: Position, target: number): number {
    let best = this.at(position)
    for (const start of [this.#bySize(position, target), this.#weights]) {
      if (best >= target) break
      const found = this.#ascend(position, start, target)
      if (found.bound <= best) continue
      best = found.bound
      this.#weights = found.weights
      this.#gains = this.#gainsOf(found.weights)
    }
    return best
  }

  #gainsOf(weights: readonly number[]): Gains {
    return new Gains(this.#problem, this.#demand, weights)
  }

  /** Weights in proportion to sizes. The largest asked vGPU has half of the target. */
  #bySize({ optional }: Position, target: number): readonly number[] {
    const sizes = sizesOf(this.#problem)
    const largest = Math.max(1, ...sizes.filter((_, kind) => (optional[kind] ?? 0) > 0))
    return sizes.map((size, kind) => (this.#demand[kind] ? (size * target * UNIT) / largest / 2 : 0))
  }

  /** Ascent along subgradients, each deflected towards the last. */
  #ascend(position: Position, start: readonly number[], target: number): { weights: readonly number[]; bound: number } {
    let weights = start
    let best = { weights, bound: 0, exact: Number.NEGATIVE_INFINITY }
    let direction = weights.map(() => 0)
    let pace = 1
    for (let round = 0; round < ROUNDS && best.bound < target; round += 1) {
      const whole = weights.map(Math.round)
      const now = this.#bound(position, whole, this.#gainsOf(whole))
      if (now.exact > best.exact) best = { weights: whole, bound: now.bound, exact: now.exact }
      else pace *= PACE
      direction = now.slope.map((slope, kind) => slope + MOMENTUM * (direction[kind] ?? 0))
      const length = direction.reduce((sum, one) => sum + one * one, 0)
      if (length === 0) break
      const step = (pace * (target * UNIT - now.exact)) / length
      weights = weights.map((weight, kind) => Math.max(0, weight + step * (direction[kind] ?? 0)))
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
