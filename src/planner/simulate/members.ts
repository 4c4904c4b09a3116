/** Children of a node of a heap: as many as a cache line holds. */
const BRANCHES_LOG2 = 3
const BRANCHES = 1 << BRANCHES_LOG2

/** A state without nodes keeps room for so many: states come and go with every request. */
const KEPT = 64

/**
 * The nodes by state, and the states that have nodes. The nodes of one state are a heap of node numbers, so the
 * first node is at its root; each node is in one heap, at `#place[node]`.
 */
export class Members {
  /** States that have nodes and may take a request, in no order. */
  readonly live: number[] = []
  /** Those that take no request any more. */
  readonly closed: number[] = []
  /** nodes of each live state; closed ones are only counted. The array may be longer than the heap */
  readonly #heaps: number[][] = []
  readonly #counts: number[] = []
  readonly #stateOf: Int32Array
  readonly #place: Int32Array
  /** the list of each state, and its place there */
  readonly #lists: number[][] = []
  readonly #listAt: number[] = []

  readonly #isClosed: (state: number) => boolean

  constructor(nodes: number, isClosed: (state: number) => boolean) {
    this.#isClosed = isClosed
    this.#stateOf = new Int32Array(nodes).fill(-1)
    this.#place = new Int32Array(nodes)
  }

  stateOf(node: number): number {
    return this.#stateOf[node] as number
  }

  /** Number of nodes in a state. */
  count(state: number): number {
    return this.#counts[state] ?? 0
  }

  /** The first node of a live state. */
  first(state: number): number {
    return (this.#heaps[state] as number[])[0] as number
  }

  /** One of the nodes of a live state, from 0 to `count` - 1, in no order. */
  at(state: number, index: number): number {
    return (this.#heaps[state] as number[])[index] as number
  }

  /** Puts a node into a state, and takes it from its state before. */
  put(node: number, state: number): void {
    const before = this.#stateOf[node] as number
    if (before === state) return
    if (before >= 0) this.#remove(node, before)
    let list = this.#lists[state]
    if (list === undefined) {
      list = this.#isClosed(state) ? this.closed : this.live
      this.#lists[state] = list
      this.#heaps[state] = []
      this.#counts[state] = 0
    }
    const count = this.#counts[state] as number
    if (count === 0) this.#listAt[state] = list.push(state) - 1
    this.#counts[state] = count + 1
    this.#stateOf[node] = state
    if (list === this.live) this.#up(this.#heaps[state] as number[], count, node)
  }

  #remove(node: number, state: number): void {
    const count = (this.#counts[state] as number) - 1
    this.#counts[state] = count
    if (count === 0) this.#die(state)
    else if (this.#lists[state] === this.live) this.#take(this.#heaps[state] as number[], node, count)
  }

  /** Takes a node from a heap, of which `count` are left. */
  #take(heap: number[], node: number, count: number): void {
    const last = heap[count] as number
    if (last === node) return
    const at = this.#place[node] as number
    this.#up(heap, at, last)
    if (this.#place[last] === at) this.#down(heap, count, at, last)
  }

  #die(state: number): void {
    if ((this.#heaps[state] as number[]).length > KEPT) this.#heaps[state] = []
    const list = this.#lists[state] as number[]
    const last = list.pop() as number
    if (last === state) return
    const at = this.#listAt[state] as number
    list[at] = last
    this.#listAt[last] = at
  }

  #up(heap: number[], from: number, node: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> BRANCHES_LOG2
      const other = heap[parent] as number
      if (other <= node) break
      this.#set(heap, at, other)
      at = parent
    }
    this.#set(heap, at, node)
  }

  #down(heap: number[], count: number, from: number, node: number): void {
    let at = from
    for (;;) {
      let child = (at << BRANCHES_LOG2) + 1
      if (child >= count) break
      const end = Math.min(count, child + BRANCHES)
      for (let next = child + 1; next < end; next += 1)
        if ((heap[next] as number) < (heap[child] as number)) child = next
      const other = heap[child] as number
      if (other >= node) break
      this.#set(heap, at, other)
      at = child
    }
    this.#set(heap, at, node)
  }

  #set(heap: number[], at: number, node: number): void {
    heap[at] = node
    this.#place[node] = at
  }
}
