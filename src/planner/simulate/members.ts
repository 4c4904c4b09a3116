/** Children of a node of a heap: as many as a cache line holds. */
const BRANCHES_LOG2 = 3
const BRANCHES = 1 << BRANCHES_LOG2

/**
 * The nodes by state, and the states that have nodes. The nodes of one state are a heap of node numbers, so the
 * first node is at its root; each node is in one heap, at `#place[node]`.
 */
export class Members {
  /** States that have nodes and may take a request, in no order. */
  readonly live: number[] = []
  /** Those that take no request any more. */
  readonly closed: number[] = []
  readonly #heaps: number[][] = []
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
    return this.#heaps[state]?.length ?? 0
  }

  /** The first node of a state that has nodes. */
  first(state: number): number {
    return (this.#heaps[state] as number[])[0] as number
  }

  /** One of the nodes of a state, from 0 to `count` - 1, in no order. */
  at(state: number, index: number): number {
    return (this.#heaps[state] as number[])[index] as number
  }

  /** Puts a node into a state, and takes it from its state before. */
  put(node: number, state: number): void {
    const before = this.#stateOf[node] as number
    if (before === state) return
    if (before >= 0) this.#remove(node, before)
    let heap = this.#heaps[state]
    if (heap === undefined) {
      heap = []
      this.#heaps[state] = heap
      this.#lists[state] = this.#isClosed(state) ? this.closed : this.live
    }
    if (heap.length === 0) this.#listAt[state] = (this.#lists[state] as number[]).push(state) - 1
    this.#stateOf[node] = state
    heap.push(node)
    this.#up(heap, heap.length - 1, node)
  }

  #remove(node: number, state: number): void {
    const heap = this.#heaps[state] as number[]
    const at = this.#place[node] as number
    const last = heap.pop() as number
    if (heap.length === 0) this.#die(state)
    else if (last !== node) {
      this.#up(heap, at, last)
      if (this.#place[last] === at) this.#down(heap, at, last)
    }
  }

  #die(state: number): void {
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

  #down(heap: number[], from: number, node: number): void {
    let at = from
    for (;;) {
      let child = (at << BRANCHES_LOG2) + 1
      if (child >= heap.length) break
      const end = Math.min(heap.length, child + BRANCHES)
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
