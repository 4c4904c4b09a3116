import type { Fleet, Shape } from '../policies/policy.ts'
import type { Search } from './search.ts'

/** The fleet when the requests that have arrived ask for `arrived` percent of its GPU. */
export interface Point {
  readonly arrived: number
  /** percent of the fleet's GPU that requests hold, and the vGPUs that were there before */
  readonly allocated: number
  /** percent of the fleet's GPU that is free, and that requests of the run cannot use on average */
  readonly fragmented: number
}

/** Result of one policy with one seed. */
export interface Outcome {
  readonly points: readonly Point[]
  readonly placed: number
  readonly refused: number
  /** Of the choices by framebuffer alone, those that a host would refuse; null for shares and for a policy with the rules. */
  readonly blind: { readonly choices: number; readonly refused: number } | null
  /** number of scores that were computed */
  readonly evaluations: number
}

/** Counts what happens, and notes a point whenever the arrived requests reach the next step. */
export class Tally {
  readonly search: Search
  readonly #fleet: Fleet
  readonly #total: number
  readonly #points: Point[] = []
  readonly #step: number
  #arrived = 0
  #allocated: number
  #placed = 0
  #refused = 0

  /** @param step percent of the fleet between two points */
  constructor(nodes: readonly Shape[], search: Search, fleet: Fleet, step: number) {
    this.search = search
    this.#fleet = fleet
    this.#total = nodes.reduce((sum, { gpus, each }) => sum + gpus * each, 0)
    this.#step = step
    this.#allocated = search.live().reduce((taken, [{ free }, count]) => taken - free * count, this.#total)
  }

  /** Percent of the fleet that has been asked for. */
  get arrived(): number {
    return (100 * this.#arrived) / this.#total
  }

  arrive(asked: number, placed: boolean): void {
    this.#arrived += asked
    if (placed) {
      this.#allocated += asked
      this.#placed += 1
    } else this.#refused += 1
    const next = (this.#points.length + 1) * this.#step
    if (this.arrived >= next) this.#note(next)
  }

  leave(asked: number): void {
    this.#allocated -= asked
  }

  outcome(blind: Outcome['blind']): Outcome {
    const { evaluations } = this.search
    return { points: this.#points, placed: this.#placed, refused: this.#refused, blind, evaluations }
  }

  /** A large request may pass several steps: they have the same figures. */
  #note(from: number): void {
    let wasted = 0
    for (const [state, nodes] of this.search.live()) wasted += this.#fleet.wasted(state) * nodes
    const figures = { allocated: (100 * this.#allocated) / this.#total, fragmented: (100 * wasted) / this.#total }
    for (let at = from; at <= this.arrived; at += this.#step) this.#points.push({ arrived: at, ...figures })
  }
}
