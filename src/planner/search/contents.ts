import { ANY, type Place, slotsOf } from '../gpu-states.ts'
import { type HeldGpu, type Kind, type Problem, typeOn } from './problem.ts'

/** `there` may be evicted, `fixed` may not, `gone` was evicted, `new` was placed by the search. */
export type Role = 'there' | 'fixed' | 'gone' | 'new'

export interface Seat {
  readonly kind: number
  readonly place: Place
  readonly role: Role
}

/** A GPU during a search. */
export interface Content {
  readonly gpu: Pick<HeldGpu, 'rules' | 'vfs'>
  readonly seats: readonly Seat[]
}

/** A way to place one vGPU: what becomes of the GPU, and the kinds that are evicted for it. */
export interface Option {
  readonly content: number
  readonly evicted: readonly number[]
}

/** The contents of GPUs that a search meets, numbered. Equal contents are one, so equal GPUs are searched once. */
export class Contents {
  readonly kinds: readonly Kind[]
  readonly #stops: boolean
  readonly #contents: Content[] = []
  readonly #ids = new Map<string, number>()
  readonly #rules = new Map<unknown, number>()
  readonly #options: Map<number, readonly Option[]>[] = []

  constructor({ kinds, evicted }: Problem) {
    this.kinds = kinds
    this.#stops = evicted === 'stop'
  }

  /** The content of a GPU before the search. */
  start({ rules, vfs, held }: HeldGpu): number {
    return this.id({
      gpu: { rules, vfs },
      seats: held.map(({ kind, place, movable }) => ({ kind, place, role: movable ? 'there' : 'fixed' })),
    })
  }

  id({ gpu, seats }: Content): number {
    const rules = this.#rules.get(gpu.rules) ?? this.#rules.size
    this.#rules.set(gpu.rules, rules)
    const words = seats.map(({ kind, place, role }) => `${role}${place}:${kind}`).sort()
    const key = `${rules} ${gpu.vfs} ${words.join()}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.#contents.length
    this.#ids.set(key, id)
    this.#contents.push({ gpu, seats })
    this.#options.push(new Map())
    return id
  }

  at(id: number): Content {
    const content = this.#contents[id]
    if (!content) throw new RangeError(`there is no content ${id}`)
    return content
  }

  /** Every way to place a vGPU of a kind on a GPU. */
  options(id: number, kind: number): readonly Option[] {
    const known = this.#options[id]?.get(kind)
    if (known) return known
    const content = this.at(id)
    const ways = content.gpu.rules.mode === 'equal-size' ? this.#equal(content, kind) : this.#slotted(content, kind)
    const options = new Map(ways.map((option) => [option.content, option]))
    this.#options[id]?.set(kind, [...options.values()])
    return [...options.values()]
  }

  #slotted(content: Content, kind: number): Option[] {
    const { rules } = content.gpu
    const type = typeAt(this.kinds, kind, content)
    if (!type) return []
    const present = presentIn(content)
    const ids = rules.mode === 'mig' && !rules.shared ? this.#unlike(content, type.ids) : type.ids
    return ids.flatMap((id) => {
      const slots = slotsOf(type, id)
      const under = present.filter((seat) => {
        const known = rules.types.get(this.kinds[seat.kind]?.vgpuType ?? -1)
        return known !== undefined && (slots & slotsOf(known, seat.place)) !== 0n
      })
      return this.#evicting(content, { kind, place: id, role: 'new' }, under)
    })
  }

  /** GPU instances of one profile are alike, but for what is or was on them. */
  #unlike({ seats }: Content, ids: readonly Place[]): Place[] {
    const words = (id: Place) => seats.flatMap(({ kind, place, role }) => (place === id ? [`${role}${kind}`] : []))
    return [...new Map(ids.toReversed().map((id) => [words(id).sort().join(), id])).values()].reverse()
  }

  #equal(content: Content, kind: number): Option[] {
    const type = typeAt(this.kinds, kind, content)
    if (!type) return []
    const seat: Seat = { kind, place: ANY, role: 'new' }
    const present = presentIn(content)
    if (groupOf(this.kinds, content) !== type.group) return this.#evicting(content, seat, present)
    return present.length < type.most ? this.#evicting(content, seat, []) : this.#oneMore(content, seat, [])
  }

  /** The option that evicts these; where no VF is free then, those that evict one more. */
  #evicting(content: Content, seat: Seat, under: readonly Seat[]): Option[] {
    if (under.some(({ role }) => role !== 'there')) return []
    const left = presentIn(content).length - under.length
    return left < content.gpu.vfs ? [this.#option(content, seat, under)] : this.#oneMore(content, seat, under)
  }

  #oneMore(content: Content, seat: Seat, under: readonly Seat[]): Option[] {
    if (content.gpu.vfs === 0) return []
    // one of the same kind would only change places with the new one
    const others = presentIn(content).filter(
      (one) => one.role === 'there' && !under.includes(one) && (this.#stops || one.kind !== seat.kind),
    )
    return others.map((one) => this.#option(content, seat, [...under, one]))
  }

  #option({ gpu, seats }: Content, seat: Seat, evicted: readonly Seat[]): Option {
    const kept = seats.map((one) => (evicted.includes(one) ? { ...one, role: 'gone' as const } : one))
    return { content: this.id({ gpu, seats: [...kept, seat] }), evicted: evicted.map((one) => one.kind) }
  }
}

/** The vGPUs on a GPU now. */
export function presentIn({ seats }: Content): Seat[] {
  return seats.filter(({ role }) => role !== 'gone')
}

/** Equal-size mode: the group of the vGPUs on a GPU; null without any. */
export function groupOf(kinds: readonly Kind[], content: Content): string | null {
  const [first] = presentIn(content)
  return first === undefined ? null : (content.gpu.rules.types.get(kinds[first.kind]?.vgpuType ?? -1)?.group ?? null)
}

function typeAt(kinds: readonly Kind[], kind: number, { gpu }: Content) {
  const wanted = kinds[kind]
  return wanted && typeOn(wanted, gpu.rules)
}
