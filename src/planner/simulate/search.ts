import type { Fleet, NodeState, Place, Policy, Request, Shape } from '../policies/policy.ts'
import { Members } from './members.ts'
import type { Draw } from './prng.ts'
import type { Rules } from './rules.ts'
import { StateTable } from './state-table.ts'

/** The fleet, and who asks for what. */
export interface SearchedRun {
  readonly nodes: readonly Shape[]
  readonly requests: readonly Request[]
  readonly rules: Rules
  readonly policy: Policy
  readonly fleet: Fleet
  readonly draw: Draw
}

/** What a policy thinks of each state for one request, by state number. */
interface Column {
  /** UNKNOWN for a state not asked about, IMPOSSIBLE for one that cannot take the request */
  scores: Float64Array
  /** number of the best place */
  choices: Uint16Array
  /** state after the best place; -1 until it is needed */
  next: Int32Array
}

/** Above every score, so that a search meets a state that it does not know with the comparison that it makes anyway. */
const UNKNOWN = Number.POSITIVE_INFINITY
/** Below every score. */
const IMPOSSIBLE = Number.NEGATIVE_INFINITY
const LOWEST = -Number.MAX_VALUE

/** States are renumbered when this many of them, and this many times the live ones, have no nodes. */
const DEAD_AT_LEAST = 8192
const DEAD_FACTOR = 4

/**
 * The fleet as numbers of nodes by state. A policy is asked once about a request on a state, however many nodes are in
 * that state; afterwards the answer is read from a column.
 */
export class Search {
  /** Number of scores that were computed. */
  evaluations = 0
  readonly #run: SearchedRun
  #table = new StateTable()
  #members: Members
  #columns: Column[]

  constructor(run: SearchedRun) {
    const { nodes, requests, rules } = run
    this.#run = run
    this.#members = new Members(nodes.length, (id) => rules.isClosed(this.#table.at(id)))
    this.#columns = requests.map(() => columnOf(64))
    const idle = new Map<Shape, number>()
    for (const [node, shape] of nodes.entries()) {
      const id = idle.get(shape) ?? this.#idOf(rules.idle(shape))
      idle.set(shape, id)
      this.#members.put(node, id)
    }
  }

  stateOf(node: number): NodeState {
    return this.#table.at(this.#members.stateOf(node))
  }

  /** Each state that has nodes, with their number. */
  live(): (readonly [state: NodeState, nodes: number])[] {
    const { live, closed } = this.#members
    return [...live, ...closed].map((id) => [this.#table.at(id), this.#members.count(id)])
  }

  /** The node that the policy chooses for a request; -1 if no node can take it. */
  find(request: number): number {
    if (this.#table.size > DEAD_AT_LEAST + DEAD_FACTOR * this.#members.live.length) this.#renumber()
    const column = this.#columns[request] as Column
    if (column.scores.length < this.#table.size) this.#columns[request] = grown(column, this.#table.size)
    return this.#run.policy.ties === 'drawn' ? this.#drawn(request) : this.#best(request)
  }

  /** The place of a request on a node that can take it. */
  placeOn(node: number, request: number): Place {
    const { policy, rules, requests } = this.#run
    const places = rules.places(this.stateOf(node), requests[request] as Request)
    if (policy.gpu === 'drawn') return this.#drawnPlace([...places])
    let left = (this.#columns[request] as Column).choices[this.#members.stateOf(node)] as number
    for (const place of places) if (left-- === 0) return place
    throw new Error('a node without a place was chosen')
  }

  /** Puts a request on the node that `find` chose. */
  put(node: number, request: number): void {
    if (this.#run.policy.gpu === 'drawn') {
      this.move(node, this.placeOn(node, request).after)
      return
    }
    const { next } = this.#columns[request] as Column
    const id = this.#members.stateOf(node)
    let after = next[id] as number
    if (after < 0) {
      after = this.#idOf(this.placeOn(node, request).after)
      next[id] = after
    }
    this.#members.put(node, after)
  }

  /** Changes the state of a node. */
  move(node: number, state: NodeState): void {
    this.#members.put(node, this.#idOf(state))
  }

  #idOf(state: NodeState): number {
    return this.#table.idOf(this.#run.rules.key(state), state)
  }

  #best(request: number): number {
    const members = this.#members
    const { live } = members
    const { scores } = this.#columns[request] as Column
    let best = LOWEST
    let found = -1
    for (let index = 0; index < live.length; index += 1) {
      const id = live[index] as number
      let score = scores[id] as number
      if (score < best) continue
      if (score === UNKNOWN) score = this.#ask(request, id)
      if (score < best) continue
      const node = members.first(id)
      if (score > best || node < found) {
        best = score
        found = node
      }
    }
    return found
  }

  /** Among all nodes with the best score, each equally likely. */
  #drawn(request: number): number {
    const members = this.#members
    const { scores } = this.#columns[request] as Column
    let best = LOWEST
    let states: number[] = []
    let nodes = 0
    for (const id of members.live) {
      const known = scores[id] as number
      const score = known === UNKNOWN ? this.#ask(request, id) : known
      if (score < best) continue
      if (score > best) {
        states = []
        nodes = 0
      }
      best = score
      states.push(id)
      nodes += members.count(id)
    }
    let drawn = nodes === 0 ? -1 : this.#run.draw(nodes)
    for (const id of states) {
      if (drawn < members.count(id)) return members.at(id, drawn)
      drawn -= members.count(id)
    }
    return -1
  }

  #drawnPlace(places: readonly Place[]): Place {
    let drawn = this.#run.draw(places.reduce((sum, { alike }) => sum + alike, 0))
    for (const place of places) {
      if (drawn < place.alike) return place
      drawn -= place.alike
    }
    throw new Error('a node without a place was chosen')
  }

  /** Asks the policy about a state, and keeps the answer. */
  #ask(request: number, id: number): number {
    const column = this.#columns[request] as Column
    const asked = this.#run.requests[request] as Request
    const places = this.#run.rules.places(this.#table.at(id), asked)
    let best = IMPOSSIBLE
    let choice = -1
    for (const place of places) {
      choice += 1
      if (choice > 0 && this.#run.policy.gpu !== 'scored') break
      this.evaluations += 1
      const score = this.#run.policy.score(place, asked, this.#run.fleet)
      if (score <= best) continue
      best = score
      column.choices[id] = choice
    }
    column.scores[id] = best
    return best
  }

  /** Drops the states without nodes; the answers about the others are kept. */
  #renumber(): void {
    const live = [...this.#members.live, ...this.#members.closed]
    const table = new StateTable()
    const renumbered = new Map(live.map((id) => [id, this.#table.copyTo(table, id)]))
    const members = new Members(this.#run.nodes.length, (id) => this.#run.rules.isClosed(table.at(id)))
    for (const [node] of this.#run.nodes.entries())
      members.put(node, renumbered.get(this.#members.stateOf(node)) as number)
    this.#columns = this.#columns.map((column) => {
      const kept = columnOf(table.size)
      for (const [before, after] of renumbered) {
        kept.scores[after] = column.scores[before] ?? UNKNOWN
        kept.choices[after] = column.choices[before] ?? 0
      }
      return kept
    })
    this.#members = members
    this.#table = table
  }
}

function columnOf(states: number): Column {
  return {
    scores: new Float64Array(states).fill(UNKNOWN),
    choices: new Uint16Array(states),
    next: new Int32Array(states).fill(-1),
  }
}

function grown(column: Column, states: number): Column {
  const larger = columnOf(2 * states)
  larger.scores.set(column.scores)
  larger.choices.set(column.choices)
  larger.next.set(column.next)
  return larger
}
