import { alignUp } from './align.ts'
import {
  type AnyLayout,
  BYTE,
  type Field,
  type Kind,
  type Layout,
  LONG,
  OTHER,
  type Struct,
  TRUTH,
  type Value,
  WORD,
} from './layout.ts'
import { placed, shown } from './layout-error.ts'
import { isWord, longOf, truth, unsigned } from './scalars.ts'
import { reserve, slab } from './slab.ts'
import { checkWindow, clear, hasRoom, putWord, tooShort, viewOf, window, wordAt } from './window.ts'

/** A copy of a type with a stricter alignment, like a member under `NV_DECLARE_ALIGNED`. */
export function aligned<L extends AnyLayout>(layout: L, align: number): L & { readonly align: number } {
  const same: unknown =
    layout instanceof Compound ? layout.aligned(align) : Object.create(layout, { align: { value: align } })
  // Both have every member of `layout`.
  return same as L & { readonly align: number }
}

type Members = Readonly<Record<string, AnyLayout>>

type Read<S> = { [K in keyof S]: Value<S[K]> }

type Written<S> = { readonly [K in keyof S]?: (S[K] extends Layout<unknown, infer I> ? I : never) | undefined }

type Merged<U> = (U extends unknown ? (member: U) => void : never) extends (member: infer M) => void ? M : never

type Views<S> = { readonly [K in keyof S]?: Members }

type Viewed<V> = [keyof V] extends [never] ? unknown : Merged<V[keyof V]>

/**
 * A C structure with natural alignment. Gaps and tail padding are written as zero.
 *
 * `views` describes C's unnamed unions: further members that begin at the named member and overlap it. `get`, `set`,
 * `encode` and `offsetOf` know them; `decode` gives the first view only. A view that reaches past the last member makes
 * the structure longer. `encode` refuses two members that share bytes.
 *
 * @param members the members, or a function that makes them on first use
 */
export function struct<S extends Members, const V extends Views<S> = Record<never, never>>(
  name: string,
  members: S | (() => S),
  views?: V,
): Struct<Read<S>, Written<S> & Written<Viewed<V>>, Read<S> & Read<Viewed<V>>> {
  if (typeof members === 'object') {
    for (const anchor in views) if (!Object.hasOwn(members, anchor)) throw noMember(name, anchor)
  }
  // The mapped types above derive the value types from `members` and `views`; the class sees them as unknown.
  return new StructLayout(name, members, views) as unknown as ReturnType<typeof struct<S, V>>
}

const RAW = Symbol('bytes of a union')

/**
 * A named C union: all members begin at byte 0. Writing takes exactly one member (none means all zero) or a value from
 * a read. Reading copies the bytes and decodes members lazily.
 */
export function union<S extends Members>(name: string, members: S): Struct<Read<S>, Written<S>> {
  // As in `struct`: the member types are only known from `members`.
  return new UnionLayout(name, members) as unknown as Struct<Read<S>, Written<S>>
}

interface Slot extends Field {
  readonly name: string
  readonly layout: AnyLayout
  readonly size: number
  readonly kind: Kind | typeof OTHER
}

/** The members of a structure: those that `decode` gives, then those that overlap them. */
interface Slots {
  readonly own: readonly Slot[]
  readonly all: readonly Slot[]
}

type Values = Readonly<Record<string | symbol, unknown>>

interface Plan {
  readonly slots: Slots
  readonly byName: ReadonlyMap<string, Slot>
  readonly size: number
  readonly align: number
}

function planOf(slots: Slots): Plan {
  const byName = new Map<string, Slot>()
  let align = 1
  let end = 0
  for (const slot of slots.all) {
    byName.set(slot.name, slot)
    align = Math.max(align, slot.layout.align)
    end = Math.max(end, slot.offset + slot.size)
  }
  return { slots, byName, align, size: alignUp(end, align) }
}

/** A structure or union whose layout is computed on first use. */
abstract class Compound {
  readonly name: string
  #plan: Plan | undefined
  #align: number | undefined
  #fields: Readonly<Record<string, Field>> | undefined

  constructor(name: string) {
    this.name = name
  }

  protected abstract again(): Compound
  protected abstract layOut(): Slots
  protected abstract readFrom(slots: Slots, view: DataView, offset: number): object
  /** Writes the members in `value`. @returns their number */
  protected abstract fill(slots: Slots, view: DataView, offset: number, value: Values, blank: boolean): number

  get fields(): Readonly<Record<string, Field>> {
    this.#fields ??= Object.fromEntries(this.#planned().byName)
    return this.#fields
  }

  get size(): number {
    return (this.#plan ?? this.#planned()).size
  }

  get align(): number {
    return this.#align ?? this.#planned().align
  }

  aligned(align: number): Compound {
    const copy = this.again()
    copy.#align = align
    return copy
  }

  read(view: DataView, offset: number): object {
    const { slots, size } = this.#plan ?? this.#planned()
    checkWindow(view, offset, size)
    return this.readFrom(slots, view, offset)
  }

  write(view: DataView, offset: number, value: unknown, blank = false): void {
    if (!blank) clear(view, offset, this.size)
    this.#put(view, offset, value)
  }

  zero(): object {
    return this.readFrom(this.#planned().slots, new DataView(new ArrayBuffer(this.size)), 0)
  }

  encode(value: unknown): Uint8Array {
    const { size } = this.#plan ?? this.#planned()
    const at = reserve(size)
    const { buffer } = slab
    this.#put(slab, at, value)
    return new Uint8Array(buffer, at, size)
  }

  decode(source: Uint8Array, at = 0): object {
    const { slots, size } = this.#plan ?? this.#planned()
    if (!hasRoom(source, at, size)) throw tooShort(this.name, source, at, size)
    return this.readFrom(slots, viewOf(source), at)
  }

  get(source: Uint8Array, field: string, at = 0): unknown {
    const { layout, kind, offset } = this.#fieldAt(field, source, at)
    const start = at + offset
    if (kind === WORD) return wordAt(source, start)
    if (kind === TRUTH) return source[start] !== 0
    try {
      if (kind === LONG) return longOf(wordAt(source, start), wordAt(source, start + 4))
      return layout.read(viewOf(source), start)
    } catch (error) {
      throw placed(this.name, `.${field}`, error)
    }
  }

  set(target: Uint8Array, field: string, value: unknown, at = 0): void {
    const { layout, kind, offset } = this.#fieldAt(field, target, at)
    try {
      if (kind === WORD) putWord(target, at + offset, unsigned(value, 0xffff_ffff))
      else layout.write(viewOf(target), at + offset, value)
    } catch (error) {
      throw placed(this.name, `.${field}`, error)
    }
  }

  #planned(): Plan {
    this.#plan ??= planOf(this.layOut())
    return this.#plan
  }

  #fieldAt(field: string, source: Uint8Array, at: number): Slot {
    const found = (this.#plan ?? this.#planned()).byName.get(field)
    if (found === undefined) throw noMember(this.name, field)
    const { offset, size } = found
    if ((at === 0 && offset + size <= source.length) || hasRoom(source, at + offset, size)) return found
    throw tooShort(`${this.name}.${field}`, source, at + offset, size)
  }

  /** Writes into bytes that are all zero. */
  #put(view: DataView, offset: number, value: unknown): void {
    if (!isRecord(value)) throw placed(this.name, '', new RangeError(`${shown(value)} is not an object`))
    const { slots, byName } = this.#plan ?? this.#planned()
    let left = this.fill(slots, view, offset, value, true)
    for (const _ in value) left--
    if (left === 0) return
    const strange = Object.keys(value).find((key) => value[key] !== undefined && !byName.has(key))
    if (strange !== undefined) throw placed(this.name, `.${strange}`, new RangeError('no such member'))
  }
}

class StructLayout extends Compound {
  readonly #members: Members | (() => Members)
  readonly #views: Readonly<Record<string, Members | undefined>> | undefined

  constructor(
    name: string,
    members: Members | (() => Members),
    views: Readonly<Record<string, Members | undefined>> | undefined,
  ) {
    super(name)
    this.#members = members
    this.#views = views
  }

  protected again(): StructLayout {
    return new StructLayout(this.name, this.#members, this.#views)
  }

  protected layOut(): Slots {
    const own = laidOut(typeof this.#members === 'function' ? this.#members() : this.#members, 0)
    if (this.#views === undefined) return { own, all: own }
    const over = Object.entries(this.#views).flatMap(([anchor, view]) => {
      const under = own.find((slot) => slot.name === anchor)
      if (under === undefined) throw noMember(this.name, anchor)
      return laidOut(view ?? {}, under.offset)
    })
    return { own, all: [...own, ...over] }
  }

  protected readFrom({ own }: Slots, view: DataView, offset: number): object {
    const value: Record<string, unknown> = {}
    let current = ''
    try {
      for (const { name, kind, layout, offset: within } of own) {
        current = name
        const at = offset + within
        if (kind === WORD) value[name] = view.getUint32(at, true)
        else if (kind === BYTE) value[name] = view.getUint8(at)
        else if (kind === TRUTH) value[name] = view.getUint8(at) !== 0
        else value[name] = layout.read(view, at)
      }
    } catch (error) {
      throw placed(this.name, `.${current}`, error)
    }
    return value
  }

  protected fill({ own, all }: Slots, view: DataView, offset: number, value: Values, blank: boolean): number {
    const given = givesNoneFrom(all, own.length, value) ? own : disjoint(this.name, all, value)
    let found = 0
    let current = ''
    try {
      for (const { name, kind, layout, offset: within } of given) {
        const member = value[name]
        if (member === undefined) continue
        current = name
        const at = offset + within
        if (kind === WORD) view.setUint32(at, isWord(member) ? member : unsigned(member, 0xffff_ffff), true)
        else if (kind === BYTE) view.setUint8(at, unsigned(member, 0xff))
        else if (kind === TRUTH) view.setUint8(at, truth(member))
        else layout.write(view, at, member, blank)
        found++
      }
    } catch (error) {
      throw placed(this.name, `.${current}`, error)
    }
    return found
  }
}

class UnionLayout extends Compound {
  readonly #members: Members

  constructor(name: string, members: Members) {
    super(name)
    this.#members = members
  }

  protected again(): UnionLayout {
    return new UnionLayout(this.name, this.#members)
  }

  protected layOut(): Slots {
    const all = Object.keys(this.#members).map((name) => slotOf(name, this.#members[name] as AnyLayout, 0))
    return { own: all, all }
  }

  protected readFrom({ all }: Slots, view: DataView, offset: number): object {
    const raw = window(view, offset, this.size).slice()
    const value = Object.defineProperty({}, RAW, { value: raw })
    for (const { name, layout } of all) {
      Object.defineProperty(value, name, { enumerable: true, get: () => layout.read(viewOf(raw), 0) })
    }
    return value
  }

  protected fill({ all }: Slots, view: DataView, offset: number, value: Values, blank: boolean): number {
    const raw = value[RAW]
    if (raw instanceof Uint8Array && raw.length === this.size) {
      window(view, offset, this.size).set(raw)
      return all.length
    }
    const given = all.filter((slot) => value[slot.name] !== undefined)
    const [only, second] = given
    if (second) {
      const names = given.map((slot) => slot.name).join(' and ')
      throw placed(this.name, '', new RangeError(`one member of a union, not ${names}`))
    }
    if (!only) return 0
    try {
      only.layout.write(view, offset, value[only.name], blank)
    } catch (error) {
      throw placed(this.name, `.${only.name}`, error)
    }
    return 1
  }
}

function slotOf(name: string, layout: AnyLayout, offset: number): Slot {
  return { name, layout, offset, size: layout.size, kind: layout.kind ?? OTHER }
}

function laidOut(members: Members, start: number): Slot[] {
  const slots: Slot[] = []
  let end = start
  for (const name in members) {
    const layout = members[name] as AnyLayout
    const slot = slotOf(name, layout, alignUp(end, layout.align))
    end = slot.offset + slot.size
    slots.push(slot)
  }
  return slots
}

/** Whether a value has none of the overlapping members, which stand from index `first` on. */
function givesNoneFrom(slots: readonly Slot[], first: number, value: Values): boolean {
  for (let index = first; index < slots.length; index++)
    if (value[(slots[index] as Slot).name] !== undefined) return false
  return true
}

function noMember(name: string, member: string): RangeError {
  return new RangeError(`${name} has no member ${member}`)
}

function disjoint(name: string, slots: readonly Slot[], value: Readonly<Record<string, unknown>>): readonly Slot[] {
  const given = slots.filter((slot) => value[slot.name] !== undefined).sort((a, b) => a.offset - b.offset)
  for (const [index, slot] of given.entries()) {
    const next = given[index + 1]
    if (!next || next.offset >= slot.offset + slot.layout.size) continue
    throw placed(name, `.${next.name}`, new RangeError(`shares bytes with ${slot.name}; give one of them`))
  }
  return given
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
