import type { Policy, Request, Shape } from '../policies/policy.ts'
import { blindly, shuffledArrivals, timedEvents } from './arrivals.ts'
import { fleetOf } from './fleet.ts'
import { Leases } from './leases.ts'
import { drawsOf, shuffled } from './prng.ts'
import type { Rules } from './rules.ts'
import { Search } from './search.ts'
import { type Outcome, Tally } from './tally.ts'
import { askedBy, mixOf, type Trace } from './trace.ts'

/** A fleet, requests, and how they arrive. */
export interface Task {
  readonly nodes: readonly Shape[]
  readonly trace: Trace
  readonly rules: Rules
  /**
   * `shuffled`: requests and nodes in random order, none leaves, and requests drawn from the trace follow until they ask for
   * `until` percent of the fleet. `timed`: at their times, nodes in their order.
   */
  readonly order: 'shuffled' | 'timed'
  /** percent of the fleet */
  readonly until: number
  /** percent of the fleet between two points */
  readonly step: number
  /** Called now and then with the percent of the fleet that has been asked for. */
  readonly progress?: (arrived: number) => void
}

/** Runs a trace under one policy. The same seed gives the same result. */
export function simulate(task: Task, policy: Policy, seed: number): Outcome {
  const { trace, rules } = task
  const draw = drawsOf(seed)
  const fleet = fleetOf(task.nodes, mixOf(trace), rules)
  const isVgpu = trace.requests.some(({ vgpuType }) => vgpuType !== undefined)
  const compared = isVgpu && policy.name !== 'vgpu'
  // The second half are the same requests as a scheduler sees them that does not know vGPU types.
  const requests = compared ? [...trace.requests, ...trace.requests.map(blindly)] : trace.requests
  const order = task.order === 'shuffled' ? shuffledArrivals(trace, enough(task), draw) : undefined
  const nodes = order === undefined ? task.nodes : shuffled(task.nodes, draw)
  const search = new Search({ nodes, requests, rules, policy, fleet, draw })
  const tally = new Tally(nodes, search, fleet, task.step)
  const arrival = new Arrival(search, rules, trace.requests, compared)
  if (order !== undefined) runShuffled(task, order, arrival, tally)
  else runTimed(task, arrival, tally)
  return tally.outcome(compared ? arrival.blind : null)
}

function enough({ nodes, until }: Task): number {
  return (nodes.reduce((sum, { gpus, each }) => sum + gpus * each, 0) * until) / 100
}

const BETWEEN = 1000

function runShuffled(task: Task, order: readonly number[], arrival: Arrival, tally: Tally): void {
  for (const [index, request] of order.entries()) {
    if (index % BETWEEN === 0) task.progress?.(tally.arrived)
    const node = arrival.choose(request)
    if (node >= 0) tally.search.put(node, request)
    tally.arrive(askedBy(task.trace.requests[request] as Request), node >= 0)
    if (tally.arrived >= task.until) return
  }
}

function runTimed({ trace, rules, progress }: Task, arrival: Arrival, tally: Tally): void {
  const { search } = tally
  const leases = new Leases()
  let events = 0
  for (const { line, leaves } of timedEvents(trace)) {
    if (events++ % BETWEEN === 0) progress?.(tally.arrived)
    if (leaves) {
      const gone = leases.release(line, rules, (node) => search.stateOf(node))
      if (gone === undefined) continue
      search.move(gone.node, gone.after)
      tally.leave(askedBy(gone.request))
      continue
    }
    const number = trace.lines[line] as number
    const request = trace.requests[number] as Request
    const node = arrival.choose(number)
    if (node >= 0) {
      const place = search.placeOn(node, number)
      leases.take(line, node, request, place)
      search.move(node, place.after)
    }
    tally.arrive(askedBy(request), node >= 0)
  }
}

/** Chooses nodes, and counts how often a choice by framebuffer alone would have been refused. */
class Arrival {
  readonly blind = { choices: 0, refused: 0 }
  readonly #search: Search
  readonly #rules: Rules
  readonly #requests: readonly Request[]
  readonly #compared: boolean

  constructor(search: Search, rules: Rules, requests: readonly Request[], compared: boolean) {
    this.#search = search
    this.#rules = rules
    this.#requests = requests
    this.#compared = compared
  }

  choose(request: number): number {
    if (this.#compared) this.#compare(request)
    return this.#search.find(request)
  }

  #compare(request: number): void {
    const node = this.#search.find(this.#requests.length + request)
    if (node < 0) return
    this.blind.choices += 1
    const [place] = this.#rules.places(this.#search.stateOf(node), this.#requests[request] as Request)
    if (place === undefined) this.blind.refused += 1
  }
}
