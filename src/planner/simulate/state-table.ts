import type { NodeState } from '../policies/policy.ts'

type Key = string | number

/** The distinct states of nodes, numbered from 0 in order of appearance. */
export class StateTable {
  readonly #ids = new Map<Key, number>()
  readonly #states: { readonly key: Key; readonly state: NodeState }[] = []

  get size(): number {
    return this.#states.length
  }

  at(id: number): NodeState {
    return (this.#states[id] as { state: NodeState }).state
  }

  /** Number of the state with this key; a new one for a new key. */
  idOf(key: Key, state: NodeState): number {
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.#states.push({ key, state }) - 1
    this.#ids.set(key, id)
    return id
  }

  /** @returns its number in the other table */
  copyTo(other: StateTable, id: number): number {
    const { key, state } = this.#states[id] as { key: Key; state: NodeState }
    return other.idOf(key, state)
  }
}
