import { sharedLine } from '../shared-slots.ts'
import { type Content, groupOf, presentIn } from './contents.ts'
import { type Kind, type Problem, typeOn } from './problem.ts'

/** The cost of one eviction in units of weights. */
export const UNIT = 1000

/** The most that a GPU gives at some weights, and by how many vGPUs of each kind that changes those that want a place. */
export interface Gain {
  readonly value: number
  /** by kind: placed less evicted */
  readonly net: readonly number[]
}

/**
 * The bound of the search. Each kind has a weight, a price for a place. A GPU gains the weight of every vGPU that is
 * placed on it, and pays UNIT and, if it needs another place, its weight for every vGPU that is evicted. No plan costs less
 * than the weights of all vGPUs that want a place less the most that each GPU can gain.
 */
export class Gains {
  readonly #problem: Problem
  /** Weight by kind, a non-negative integer. */
  readonly #weights: readonly number[]
  readonly #demand: readonly number[]
  readonly #known: (Gain | undefined)[] = []

  constructor(problem: Problem, demand: readonly number[], weights: readonly number[]) {
    this.#problem = problem
    this.#demand = demand
    this.#weights = weights
  }

  of(id: number, content: Content): Gain {
    const known = this.#known[id]
    if (known) return known
    const best = content.gpu.rules.mode === 'equal-size' ? this.#byCount(content) : this.#bySlots(content)
    const there = content.seats.filter(({ role }) => role === 'there')
    const net = best.net.slice()
    for (const { kind } of there) net[kind] = (net[kind] ?? 0) - this.#again(1)
    const gain = { value: best.value - there.reduce((sum, { kind }) => sum + this.#keeping(kind), 0), net }
    this.#known[id] = gain
    return gain
  }

  #weight(kind: number): number {
    return this.#weights[kind] ?? 0
  }

  /** The gain of a vGPU that stays, against its eviction. */
  #keeping(kind: number): number {
    return UNIT + this.#again(this.#weight(kind))
  }

  #again(value: number): number {
    return this.#problem.evicted === 'move' ? value : 0
  }

  /** The kinds that may be placed anew on a GPU, with a weight. */
  #candidates({
    gpu,
  }: Content): { kind: number; width: number; ids: readonly number[]; group: string; most: number }[] {
    return this.#problem.kinds.flatMap((known: Kind, kind) => {
      const type = typeOn(known, gpu.rules)
      return type && this.#weight(kind) > 0 && (this.#demand[kind] ?? 0) > 0 ? [{ ...type, kind }] : []
    })
  }

  /**
   * Mixed-size mode and MIG: the best set of intervals that do not overlap, at most one a free VF. Where vGPUs take turns on GPU
   * instances these lie on the line one after the other. That an instance may hold one size only is left out: the gain is no less.
   */
  #bySlots(content: Content): Gain {
    const { rules, vfs } = content.gpu
    const slots = rules.shared ? sharedLine(rules.types.values()) : rules.slots
    const busy = new Uint8Array(slots)
    const from: Interval[][] = Array.from({ length: slots }, () => [])
    let free = vfs
    for (const { kind, place, role } of presentIn(content)) {
      const width = rules.types.get(this.#problem.kinds[kind]?.vgpuType ?? -1)?.width ?? 0
      if (role === 'there') from[place]?.push({ kind, width, value: this.#keeping(kind), net: this.#again(1) })
      else {
        busy.fill(1, place, place + width)
        free -= 1
      }
    }
    for (const { kind, width, ids } of this.#candidates(content))
      for (const id of ids) from[id]?.push({ kind, width, value: this.#weight(kind), net: 1 })
    return bestIntervals(from, busy, free, this.#problem.kinds.length)
  }

  /** Equal-size mode: the best vGPUs of one group. */
  #byCount(content: Content): Gain {
    const { vfs } = content.gpu
    const present = presentIn(content)
    const stay = present.filter(({ role }) => role !== 'there').length
    const there = present.filter(({ role }) => role === 'there')
    const own = groupOf(this.#problem.kinds, content)
    const candidates = this.#candidates(content)
    const groups = stay > 0 ? [own] : [...new Set([own, ...candidates.map(({ group }) => group)])]
    let best: Gain = { value: 0, net: this.#problem.kinds.map(() => 0) }
    for (const group of groups) {
      const items =
        group === own ? there.map(({ kind }) => ({ kind, value: this.#keeping(kind), net: this.#again(1) })) : []
      let most = present.length
      for (const { kind, most: limit, group: other } of candidates) {
        if (other !== group) continue
        most = limit
        const times = Math.min(this.#demand[kind] ?? 0, limit)
        for (let i = 0; i < times; i += 1) items.push({ kind, value: this.#weight(kind), net: 1 })
      }
      items.sort((a, b) => b.value - a.value)
      const chosen = items.slice(0, Math.max(0, Math.min(vfs, most) - stay))
      const value = chosen.reduce((sum, item) => sum + item.value, 0)
      if (value > best.value) best = { value, net: netOf(chosen, this.#problem.kinds.length) }
    }
    return best
  }
}

interface Interval {
  kind: number
  width: number
  value: number
  net: number
}

function netOf(items: readonly Pick<Interval, 'kind' | 'net'>[], kinds: number): number[] {
  const net = new Array<number>(kinds).fill(0)
  for (const item of items) net[item.kind] = (net[item.kind] ?? 0) + item.net
  return net
}

/** @param from the intervals by first slot; @param busy slots that none may cover; @param most number of intervals */
function bestIntervals(from: readonly (readonly Interval[])[], busy: Uint8Array, most: number, kinds: number): Gain {
  const free = new Int32Array(busy.length + 1)
  for (let slot = busy.length - 1; slot >= 0; slot -= 1) free[slot] = busy[slot] ? 0 : (free[slot + 1] ?? 0) + 1
  const fitting = from.map((all, slot) => all.filter(({ width }) => width <= (free[slot] ?? 0)))
  const any = chosenOf(fitting, null)
  const items = any.length <= most ? any : chosenOf(fitting, most)
  return { value: items.reduce((sum, { value }) => sum + value, 0), net: netOf(items, kinds) }
}

/** Intervals of the greatest value. @param most at most so many, or null for any number */
function chosenOf(from: readonly (readonly Interval[])[], most: number | null): Interval[] {
  const row = (most ?? 0) + 1
  const used = most === null ? 0 : 1
  const value = new Float64Array((from.length + 1) * row)
  const chosen: (Interval | undefined)[] = []
  // from the last slot down: the value of the slots from here on, with so many intervals left
  for (let slot = from.length - 1; slot >= 0; slot -= 1) {
    for (let left = 0; left < row; left += 1) {
      let best = value[(slot + 1) * row + left] ?? 0
      for (const one of left < used ? [] : (from[slot] ?? [])) {
        const total = one.value + (value[(slot + one.width) * row + left - used] ?? 0)
        if (total <= best) continue
        best = total
        chosen[slot * row + left] = one
      }
      value[slot * row + left] = best
    }
  }
  const items: Interval[] = []
  for (let slot = 0, left = row - 1; slot < from.length; ) {
    const one = chosen[slot * row + left]
    if (one) items.push(one)
    slot += one?.width ?? 1
    left -= one ? used : 0
  }
  return items
}
