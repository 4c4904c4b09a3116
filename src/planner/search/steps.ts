import { ANY, GpuStates, type Place, type Space, slotsOf } from '../gpu-states.ts'
import type { Content, Contents, Seat } from './contents.ts'
import { type Kind, typeOn } from './problem.ts'

/** One migration. GPUs are indices into those of the problem. */
export interface Step {
  readonly kind: number
  readonly from: Spot
  readonly to: Spot
}

export interface Spot {
  readonly gpu: number
  readonly place: Place
}

/** The migrations in order, then the places of the asked vGPUs. */
export interface Steps {
  readonly steps: readonly Step[]
  readonly created: readonly { readonly kind: number; readonly at: Spot }[]
}

/** Positions to look into for an order. */
const TRIES = 1_000
/** Detours of one plan. */
const MOST_DETOURS = 2

/**
 * An order in which each migration finds its place and a VF free while the vGPU still holds its old ones. Where the
 * migrations wait for each other, one vGPU makes a detour, which is a step more.
 * @param detours at most so many
 * @returns the fewest steps for these places; null without an order
 */
export function stepsTo(contents: Contents, after: readonly number[], detours: number): Steps | null {
  const seats = after.map((id) => contents.at(id))
  const movers = spots(seats, 'gone')
  const targets = spots(seats, 'new')
  const order = new Order(contents.kinds, seats)
  for (let spare = 0; spare <= Math.min(detours, MOST_DETOURS, movers.length); spare += 1) {
    const found = order.from(movers, targets, spare)
    if (found) return found
  }
  return null
}

interface Placed {
  readonly kind: number
  readonly at: Spot
}

function spots(contents: readonly Content[], role: Seat['role']): Placed[] {
  return contents.flatMap(({ seats }, gpu) =>
    seats.filter((seat) => seat.role === role).map(({ kind, place }) => ({ kind, at: { gpu, place } })),
  )
}

class Order {
  readonly #states = new GpuStates()
  readonly #kinds: readonly Kind[]
  readonly #gpus: readonly Content[]
  #tries = 0
  #failed = new Set<string>()

  constructor(kinds: readonly Kind[], gpus: readonly Content[]) {
    this.#kinds = kinds
    this.#gpus = gpus
  }

  from(movers: readonly Placed[], targets: readonly Placed[], spare: number): Steps | null {
    this.#tries = TRIES
    this.#failed = new Set()
    const start = this.#gpus.map((content) => this.#states.id(spaceBefore(this.#kinds, content)))
    return this.#next(start, movers, targets, spare)
  }

  #next(states: readonly number[], movers: readonly Placed[], targets: readonly Placed[], spare: number): Steps | null {
    if (movers.length === 0) return { steps: [], created: targets }
    const key = `${spare};${words(movers)};${words(targets)}`
    if (this.#tries <= 0 || this.#failed.has(key)) return null
    this.#tries -= 1
    for (const mover of unlike(movers)) {
      const left = movers.filter((other) => other !== mover)
      for (const target of unlike(targets)) {
        if (target.kind !== mover.kind) continue
        const others = targets.filter((other) => other !== target)
        let possible = false
        const found = this.#step(states, mover, target.at, (now) => {
          possible = true
          return this.#next(now, left, others, spare)
        })
        if (found) return found
        if (possible && spare === 0 && this.#isRoomy(states, target, targets)) return null
      }
    }
    const found = spare > 0 ? this.#detour(states, movers, targets, spare) : null
    if (!found) this.#failed.add(key)
    return found
  }

  /** Whether the GPU has room for all that goes there. Then a move to its place need not wait for others. */
  #isRoomy(states: readonly number[], target: Placed, targets: readonly Placed[]): boolean {
    const { gpu, place } = target.at
    const state = states[gpu] ?? 0
    const room = place === ANY ? this.#states.room(state, this.#typeOf(target)) : this.#states.space(state).freeVfs
    return room >= targets.filter(({ at }) => at.gpu === gpu).length
  }

  #detour(
    states: readonly number[],
    movers: readonly Placed[],
    targets: readonly Placed[],
    spare: number,
  ): Steps | null {
    for (const mover of unlike(movers)) {
      const left = movers.filter((other) => other !== mover)
      for (const [gpu, state] of states.entries()) {
        for (const place of this.#states.places(state, this.#typeOf(mover))) {
          const at = { gpu, place }
          const go = (now: readonly number[]) =>
            this.#next(now, [...left, { kind: mover.kind, at }], targets, spare - 1)
          const found = this.#step(states, mover, at, go)
          if (found) return found
        }
      }
    }
    return null
  }

  /** Moves one vGPU if that is possible, and goes on. */
  #step(
    states: readonly number[],
    mover: Placed,
    to: Spot,
    next: (now: readonly number[]) => Steps | null,
  ): Steps | null {
    const { kind, at: from } = mover
    if (from.gpu === to.gpu && from.place === to.place) return next(states)
    const type = this.#typeOf(mover)
    const wanted = this.#kinds[kind]
    const state = states[to.gpu]
    const rules = this.#gpus[to.gpu]?.gpu.rules
    if (state === undefined || !rules || !wanted || !typeOn(wanted, rules)) return null
    if (!this.#states.places(state, type).includes(to.place)) return null
    const arrived = states.with(to.gpu, this.#states.add(state, type, to.place))
    const now = arrived.with(from.gpu, this.#states.remove(arrived[from.gpu] ?? 0, type, from.place))
    const rest = next(now)
    return rest && { ...rest, steps: [{ kind, from, to }, ...rest.steps] }
  }

  #typeOf({ kind }: Placed): number {
    return this.#kinds[kind]?.vgpuType ?? 0
  }
}

/** One of each kind and place. */
function unlike(placed: readonly Placed[]): Placed[] {
  return [...new Map(placed.map((one) => [wordOf(one), one])).values()]
}

function words(placed: readonly Placed[]): string {
  return placed.map(wordOf).sort().join()
}

function wordOf({ kind, at }: Placed): string {
  return `${kind}@${at.gpu}/${at.place}`
}

/** The GPU before anything was evicted or placed. */
function spaceBefore(kinds: readonly Kind[], { gpu, seats }: Content): Space {
  const { rules, vfs } = gpu
  const before = seats.filter(({ role }) => role !== 'new')
  const types = before.map(({ kind }) => rules.types.get(kinds[kind]?.vgpuType ?? -1))
  const slotted = rules.mode !== 'equal-size'
  const taken = before.reduce(
    (slots, { place }, i) => (slotted ? slots | slotsOf(types[i] ?? { width: 0, sets: null }, place) : 0n),
    0n,
  )
  const group = slotted ? null : (types[0]?.group ?? null)
  return { rules, freeVfs: vfs - before.length, group, count: slotted ? 0 : before.length, taken }
}
