import { randomInt } from 'node:crypto'
import { klogLines } from '../engine/klog.ts'
import { NvmlError } from './error.ts'
import type { Facts } from './facts.ts'
import { handleOf, indexOfHandle } from './handles.ts'

/** An event of a GPU. */
export interface NvmlEvent {
  readonly gpu: number
  /** Bit of the event's kind. */
  readonly type: number
  /** Xid of a critical Xid event. */
  readonly data: number
}

interface EventSet {
  readonly owner: number
  /** Kinds of events, by GPU. */
  readonly kinds: Map<number, number>
  /** Events that happened during a wait which an earlier one ended. */
  readonly rest: NvmlEvent[]
}

/** Kinds of events, as bits (nvmlEventType of the header). */
export const EVENT = { singleBitEcc: 0x1, doubleBitEcc: 0x2, pstate: 0x4, xid: 0x8, clock: 0x10 } as const

/** Xids that report memory errors: double bit (48, 95), and too many single bit errors (92). */
const ECC_XIDS: ReadonlyMap<number, number> = new Map([
  [48, EVENT.doubleBitEcc],
  [95, EVENT.doubleBitEcc],
  [92, EVENT.singleBitEcc],
])

/** Most event sets of a process. */
const MOST_SETS = 1000

/** Milliseconds between two looks at the host while a client waits. */
const LOOK_MS = 10

/** The event sets of all clients. A set ends with the last connection of its process. */
export class EventSets {
  readonly #facts: Facts
  readonly #sets = new Map<number, EventSet>()

  constructor(facts: Facts) {
    this.#facts = facts
  }

  /** @throws NvmlError INSUFFICIENT_RESOURCES for a process with too many */
  create(owner: number): bigint {
    const own = [...this.#sets.values()].filter((set) => set.owner === owner)
    if (own.length >= MOST_SETS) throw new NvmlError('INSUFFICIENT_RESOURCES')
    let id = 0
    do id = randomInt(1, 2 ** 31)
    while (this.#sets.has(id))
    this.#sets.set(id, { owner, kinds: new Map(), rest: [] })
    return handleOf('eventSet', id)
  }

  /** @throws NvmlError INVALID_ARGUMENT */
  register(handle: bigint, gpu: number, kinds: number): void {
    const set = this.#set(handle)
    set.kinds.set(gpu, (set.kinds.get(gpu) ?? 0) | kinds)
  }

  /** @throws NvmlError INVALID_ARGUMENT */
  free(handle: bigint): void {
    this.#set(handle)
    this.#sets.delete(indexOfHandle('eventSet', handle))
  }

  /** Frees the sets of a process. */
  leave(owner: number): void {
    for (const [id, set] of this.#sets) if (set.owner === owner) this.#sets.delete(id)
  }

  /**
   * The first event that happens from now on, or null after the time.
   * @throws NvmlError INVALID_ARGUMENT
   */
  async wait(handle: bigint, ms: number): Promise<NvmlEvent | null> {
    const set = this.#set(handle)
    const seen = this.#positions()
    let { moment } = this.#facts
    const end = performance.now() + ms
    for (;;) {
      const event = set.rest.shift()
      if (event !== undefined) return event
      this.#facts.follow()
      if (moment !== this.#facts.moment) set.rest.push(...this.#since(set, seen))
      moment = this.#facts.moment
      if (set.rest.length > 0) continue
      const left = end - performance.now()
      if (left <= 0) return null
      await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_MS, left)))
      this.#set(handle)
    }
  }

  #set(handle: bigint): EventSet {
    const set = this.#sets.get(indexOfHandle('eventSet', handle))
    if (set === undefined) throw new NvmlError('INVALID_ARGUMENT')
    return set
  }

  #positions(): Position[] {
    return this.#facts.state.gpus.map(({ klog }, index) => ({ line: klog.seq, pstate: this.#pstate(index) }))
  }

  #pstate(index: number): number | null {
    return this.#facts.isUp(index) ? this.#facts.gpu(index).sensors.pstate : null
  }

  /** Events since some positions, which move on to now. */
  #since(set: EventSet, seen: Position[]): NvmlEvent[] {
    return this.#positions().flatMap((now, gpu) => {
      const before = seen[gpu] ?? now
      seen[gpu] = now
      const kinds = set.kinds.get(gpu) ?? 0
      const found: NvmlEvent[] = []
      if (now.line !== before.line) found.push(...this.#xids(gpu, before.line))
      if (now.pstate !== before.pstate && now.pstate !== null)
        found.push({ gpu, type: EVENT.pstate, data: 0 }, { gpu, type: EVENT.clock, data: 0 })
      return found.filter(({ type }) => (kinds & type) !== 0)
    })
  }

  /** The Xids in the kernel log since a line. */
  #xids(gpu: number, from: number): NvmlEvent[] {
    const log = this.#facts.state.gpus[gpu]?.klog
    const lines = log === undefined ? [] : klogLines(log).filter(({ seq }) => seq >= from)
    return lines.flatMap(({ text }) => {
      const xid = Number(/^gsp: Xid:(\d+) /.exec(text)?.[1] ?? 0)
      const ecc = ECC_XIDS.get(xid)
      if (xid === 0) return []
      const event = { gpu, type: EVENT.xid, data: xid }
      return ecc === undefined ? [event] : [event, { gpu, type: ecc, data: 0 }]
    })
  }
}

/** The place of a GPU in its log, and its performance state; null while it is lost. */
interface Position {
  readonly line: number
  readonly pstate: number | null
}
