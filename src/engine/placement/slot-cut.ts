import { alignUp, KiB } from '../../abi/align.ts'

/** A place that a vGPU may have: its slots, and the memory of its type in bytes. */
export interface SlotGuest {
  readonly slot: number
  readonly size: number
  readonly fbLength: number
  readonly heap: number
}

const PAGE = 4 * KiB

/**
 * The memory of a GPU divided among slots: guest memory first, then the heaps. A slot begins where the most that may lie before it ends,
 * so vGPUs with separate slots have separate memory, whichever they are. The division is ours.
 */
export class SlotCut {
  readonly #fb: readonly number[]
  readonly #heap: readonly number[]

  constructor(slots: number, segment: number, guests: readonly SlotGuest[]) {
    this.#fb = ends(slots, guests, ({ fbLength }) => alignUp(fbLength, segment))
    this.#heap = ends(slots, guests, ({ heap }) => alignUp(heap, PAGE))
  }

  /** Addresses of a vGPU by its first slot. */
  at(slot: number): { fb: number; heap: number } {
    return { fb: this.#fb[slot] ?? 0, heap: (this.#fb.at(-1) ?? 0) + (this.#heap[slot] ?? 0) }
  }

  /** The bytes that all slots need. */
  get total(): number {
    return (this.#fb.at(-1) ?? 0) + (this.#heap.at(-1) ?? 0)
  }
}

/** By slot, the most bytes that guests side by side may have before it. */
function ends(slots: number, guests: readonly SlotGuest[], bytes: (guest: SlotGuest) => number): number[] {
  const before = [0]
  const ending = new Map<number, SlotGuest[]>()
  for (const guest of guests) {
    const end = guest.slot + guest.size
    ending.set(end, [...(ending.get(end) ?? []), guest])
  }
  for (let slot = 1; slot <= slots; slot += 1)
    before[slot] = Math.max(
      before[slot - 1] ?? 0,
      ...(ending.get(slot) ?? []).map((guest) => (before[guest.slot] ?? 0) + bytes(guest)),
    )
  return before
}
