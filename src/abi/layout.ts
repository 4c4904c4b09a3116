import { alignUp } from './align.ts'
import { placed, shown } from './layout-error.ts'

/**
 * One C type on the wire: little endian, natural alignment. `T` is what reading gives, `I` what writing takes (for a
 * structure: any part of it). `write` covers all `size` bytes and checks its value at run time; what it cannot hold is a
 * RangeError, after which the bytes may be partly written. Reading or writing beyond the view is a RangeError too.
 */
export interface Layout<T, I = T> {
  readonly size: number
  readonly align: number
  /** set where a structure reads and writes the member itself: nearly all members are plain numbers */
  readonly kind?: Kind
  read(view: DataView, offset: number): T
  /** @param blank the bytes are known to be zero, and those that stay zero need not be written */
  write(view: DataView, offset: number, value: I, blank?: boolean): void
  /** the value of all-zero bytes */
  zero(): T
}

const OTHER = 0
const BYTE = 1
const WORD = 2
const TRUTH = 3
const LONG = 4
type Kind = typeof BYTE | typeof WORD | typeof TRUTH | typeof LONG

/** What reading a layout gives. */
export type Value<L> = L extends Layout<infer T, never> ? T : never

export type AnyLayout = Layout<unknown, unknown>

/** A C array; `length` elements, no gaps but those inside the element. */
export interface ArrayLayout<T, I = T> extends Layout<T[], readonly I[]> {
  readonly element: Layout<T, I>
  readonly length: number
}

export interface Field<T = unknown> {
  readonly offset: number
  readonly layout: Layout<T, unknown>
}

/** A structure whose members are not known to the compiler: what tables of structures hold. */
export interface AnyStruct extends Layout<object, unknown> {
  readonly name: string
  readonly fields: Readonly<Record<string, Field>>
  encode(value: object): Uint8Array
  decode(bytes: Uint8Array, at?: number): object
}

/**
 * A named C structure or union. `F` has the members of `T` and those that only lie over them (see `struct`).
 * `encode` gives exactly `size` bytes, members left out being zero. `decode`, `get` and `set` work in place at byte `at`;
 * too few bytes are a RangeError that names the structure, what was wanted and what was there.
 */
export interface Struct<T, I = Partial<T>, F = T> extends Layout<T, I> {
  readonly name: string
  readonly fields: { readonly [K in keyof F]: Field<F[K]> }
  encode(value: I): Uint8Array
  decode(bytes: Uint8Array, at?: number): T
  get<K extends keyof F>(bytes: Uint8Array, field: K, at?: number): F[K]
  set<K extends keyof I>(bytes: Uint8Array, field: K, value: Exclude<I[K], undefined>, at?: number): void
}

export const u8: Layout<number> = {
  size: 1,
  align: 1,
  kind: BYTE,
  read: (view, offset) => view.getUint8(offset),
  write: (view, offset, value) => view.setUint8(offset, unsigned(value, 0xff)),
  zero: () => 0,
}

export const u16: Layout<number> = {
  size: 2,
  align: 2,
  read: (view, offset) => view.getUint16(offset, true),
  write: (view, offset, value) => view.setUint16(offset, unsigned(value, 0xffff), true),
  zero: () => 0,
}

export const u32: Layout<number> = {
  size: 4,
  align: 4,
  kind: WORD,
  read: (view, offset) => view.getUint32(offset, true),
  write: (view, offset, value) => view.setUint32(offset, unsigned(value, 0xffff_ffff), true),
  zero: () => 0,
}

const HIGH_WORD = 0x1_0000_0000

/** A 64-bit number as `number`: every address and size of the model fits 2^53 - 1, and what does not is refused. */
export const u64: Layout<number> = {
  size: 8,
  align: 8,
  kind: LONG,
  read: (view, offset) => longOf(view.getUint32(offset, true), view.getUint32(offset + 4, true)),
  write(view, offset, value) {
    const checked = unsigned(value, Number.MAX_SAFE_INTEGER)
    view.setUint32(offset, checked % HIGH_WORD, true)
    view.setUint32(offset + 4, Math.floor(checked / HIGH_WORD), true)
  },
  zero: () => 0,
}

function longOf(low: number, high: number): number {
  const value = high * HIGH_WORD + low
  if (value <= Number.MAX_SAFE_INTEGER) return value
  throw new RangeError(`0x${((BigInt(high) << 32n) | BigInt(low)).toString(16)} is above 2^53 - 1`)
}

/** A 64-bit number in full: magics, names packed into a word, bit sets. */
export const bigU64: Layout<bigint> = {
  size: 8,
  align: 8,
  read: (view, offset) => view.getBigUint64(offset, true),
  write(view, offset, value) {
    if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) {
      throw new RangeError(`${shown(value)} is not a bigint from 0 to 2^64 - 1`)
    }
    view.setBigUint64(offset, value, true)
  },
  zero: () => 0n,
}

/** NvBool: one byte. Any non-zero byte reads as true. */
export const bool8: Layout<boolean> = {
  size: 1,
  align: 1,
  kind: TRUTH,
  read: (view, offset) => view.getUint8(offset) !== 0,
  write: (view, offset, value) => view.setUint8(offset, truth(value)),
  zero: () => false,
}

/** vmiop_bool_t: an enumeration of four bytes, 0 and 1. */
export const bool32: Layout<boolean> = {
  size: 4,
  align: 4,
  read: (view, offset) => view.getUint32(offset, true) !== 0,
  write: (view, offset, value) => view.setUint32(offset, truth(value), true),
  zero: () => false,
}

/** `length` elements; writing takes fewer and clears the rest. */
export function array<T, I>(element: Layout<T, I>, length: number): ArrayLayout<T, I> {
  return new Elements(element, length)
}

class Elements<T, I> implements ArrayLayout<T, I> {
  readonly element: Layout<T, I>
  readonly length: number

  constructor(element: Layout<T, I>, length: number) {
    this.element = element
    this.length = length
  }

  get size(): number {
    return strideOf(this.element) * this.length
  }

  get align(): number {
    return this.element.align
  }

  read(view: DataView, offset: number): T[] {
    const { element, length } = this
    const values = new Array<T>(length)
    if (element === (u32 as unknown)) {
      for (let index = 0; index < length; index++) values[index] = view.getUint32(offset + 4 * index, true) as T
      return values
    }
    const stride = strideOf(element)
    let index = 0
    try {
      for (; index < length; index++) values[index] = element.read(view, offset + index * stride)
    } catch (error) {
      throw placed('', `[${index}]`, error)
    }
    return values
  }

  write(view: DataView, offset: number, value: readonly I[], blank = false): void {
    const { element, length } = this
    if (!Array.isArray(value)) throw new RangeError(`${shown(value)} is not an array`)
    if (value.length > length) throw new RangeError(`${value.length} elements do not fit ${length}`)
    if (element === (u32 as unknown)) {
      putWords(view, offset, value, blank ? value.length : length)
      return
    }
    const stride = strideOf(element)
    let index = 0
    try {
      for (const item of value as readonly I[]) {
        element.write(view, offset + index * stride, item, blank)
        index++
      }
    } catch (error) {
      throw placed('', `[${index}]`, error)
    }
    if (index < length && !blank) clear(view, offset + index * stride, (length - index) * stride)
  }

  zero(): T[] {
    return Array.from({ length: this.length }, () => this.element.zero())
  }
}

/** The numbers, and zeros up to `length`. */
function putWords(view: DataView, offset: number, values: readonly unknown[], length: number): void {
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (!isWord(value)) throw placed('', `[${index}]`, notUnsigned(value, 0xffff_ffff))
    view.setUint32(offset + 4 * index, value, true)
  }
  for (let index = values.length; index < length; index++) view.setUint32(offset + 4 * index, 0, true)
}

function strideOf({ size, align }: AnyLayout): number {
  return alignUp(size, align)
}

/** Opaque bytes. Reading copies; writing takes fewer and pads with zero. */
export function bytes(length: number): Layout<Uint8Array> {
  return new Bytes(length)
}

class Bytes implements Layout<Uint8Array> {
  readonly size: number
  readonly align = 1

  constructor(length: number) {
    this.size = length
  }

  read(view: DataView, offset: number): Uint8Array {
    return window(view, offset, this.size).slice()
  }

  write(view: DataView, offset: number, value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) throw new RangeError(`${shown(value)} is not a Uint8Array`)
    if (value.length > this.size) throw new RangeError(`${value.length} bytes do not fit ${this.size}`)
    const target = window(view, offset, this.size)
    target.set(value)
    target.fill(0, value.length)
  }

  zero(): Uint8Array {
    return new Uint8Array(this.size)
  }
}

/** A Latin-1 string padded with NUL. One that fills all `length` bytes has no NUL, as C's strncpy leaves it. */
export function text(length: number): Layout<string> {
  return new Text(length)
}

class Text implements Layout<string> {
  readonly size: number
  readonly align = 1

  constructor(length: number) {
    this.size = length
  }

  read(view: DataView, offset: number): string {
    checkWindow(view, offset, this.size)
    const codes: number[] = []
    for (let at = offset; at < offset + this.size; at++) {
      const code = view.getUint8(at)
      if (code === 0) break
      codes.push(code)
    }
    return String.fromCharCode.apply(null, codes)
  }

  write(view: DataView, offset: number, value: string, blank = false): void {
    const length = this.size
    if (typeof value !== 'string') throw new RangeError(`${shown(value)} is not a string`)
    if (value.length > length) throw new RangeError(`${shown(value)} has ${value.length} characters, ${length} fit`)
    checkWindow(view, offset, length)
    for (let index = 0; index < value.length; index++) {
      const character = value.charCodeAt(index)
      if (character === 0 || character > 0xff) throw new RangeError(`${shown(value)} is not Latin-1 without NUL`)
      view.setUint8(offset + index, character)
    }
    if (!blank) clear(view, offset + value.length, length - value.length)
  }

  zero(): string {
    return ''
  }
}

/** The same type with a stricter alignment, as `NV_DECLARE_ALIGNED` gives a member. */
export function aligned<L extends AnyLayout>(layout: L, align: number): L & { readonly align: number } {
  const same: unknown =
    layout instanceof Compound ? layout.aligned(align) : Object.create(layout, { align: { value: align } })
  // Either has all that `layout` has.
  return same as L & { readonly align: number }
}

type Members = Readonly<Record<string, AnyLayout>>
type Read<S> = { [K in keyof S]: Value<S[K]> }
type Written<S> = { readonly [K in keyof S]?: (S[K] extends Layout<unknown, infer I> ? I : never) | undefined }
type Merged<U> = (U extends unknown ? (member: U) => void : never) extends (member: infer M) => void ? M : never
type Views<S> = { readonly [K in keyof S]?: Members }
type Viewed<V> = [keyof V] extends [never] ? unknown : Merged<V[keyof V]>

/**
 * A C structure with natural alignment, gaps and tail padding, which are written as zero.
 *
 * `views` describes C's unnamed unions: further members that begin where the named member begins and lie over it. `get`,
 * `set`, `encode` and `offsetOf` know them; `decode` gives the first view only. One that reaches past the last member
 * makes the structure longer. `encode` refuses two members that share bytes.
 *
 * @param members the members, or what makes them when the structure is first used: most never are
 */
export function struct<S extends Members, const V extends Views<S> = Record<never, never>>(
  name: string,
  members: S | (() => S),
  views?: V,
): Struct<Read<S>, Written<S> & Written<Viewed<V>>, Read<S> & Read<Viewed<V>>> {
  if (typeof members === 'object') {
    for (const anchor in views) if (!Object.hasOwn(members, anchor)) throw noMember(name, anchor)
  }
  // The value types follow from `members` and `views` by the mapped types above; the class sees them as unknown.
  return new StructLayout(name, members, views) as unknown as ReturnType<typeof struct<S, V>>
}

const RAW = Symbol('bytes of a union')

/**
 * A named C union: all members begin at byte 0. Writing takes exactly one member (none is all zero) or a value that was
 * read. Reading copies the bytes and decodes a member when it is looked at.
 */
export function union<S extends Members>(name: string, members: S): Struct<Read<S>, Written<S>> {
  // As in `struct`: the member types are only known from `members`.
  return new UnionLayout(name, members) as unknown as Struct<Read<S>, Written<S>>
}

/**
 * The byte offset of a nested member, as C's offsetof: `vgpuInfo[3].vdevId`. An index may be equal to the length.
 * @throws RangeError when the path names no member
 */
export function offsetOf(outer: AnyStruct, path: string): number {
  let layout: AnyLayout = outer
  let offset = 0
  for (const [part, index, member] of path.matchAll(/\[(\d+)\]|\.?([^.[\]]+)|./gs)) {
    if (index !== undefined && isArray(layout) && Number(index) <= layout.length) {
      offset += Number(index) * alignUp(layout.element.size, layout.element.align)
      layout = layout.element
      continue
    }
    const field: Field | undefined =
      member !== undefined && isStruct(layout) ? fieldNamed(layout.fields, member) : undefined
    if (!field) throw new RangeError(`${outer.name} has no ${path} (at ${part})`)
    offset += field.offset
    layout = field.layout
  }
  return offset
}

interface Slot extends Field {
  readonly name: string
  readonly layout: AnyLayout
  readonly size: number
  readonly kind: Kind | typeof OTHER
}

/** The members of a structure: those that reading gives, and with them those that lie over them. */
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

/** Lays itself out when it is first used: a command defines some 150 structures and uses a few. */
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
  /** Writes the members that `value` has; answers how many. */
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

  /** Into bytes that are all zero. */
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

function fieldNamed(fields: Readonly<Record<string, Field>>, name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined
}

/** Little endian, as a view would read it: to make a view takes longer. */
function wordAt(source: Uint8Array, at: number): number {
  const high = (source[at + 3] as number) * 0x100_0000
  return high + (((source[at + 2] as number) << 16) | ((source[at + 1] as number) << 8) | (source[at] as number))
}

function putWord(target: Uint8Array, at: number, value: number): void {
  target[at] = value
  target[at + 1] = value >>> 8
  target[at + 2] = value >>> 16
  target[at + 3] = value >>> 24
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

/** Whether a value has none of the members from an index on, which are those that lie over others. */
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

function hasRoom(source: Uint8Array, at: number, size: number): boolean {
  return Number.isSafeInteger(at) && at >= 0 && at + size <= source.length
}

function tooShort(what: string, source: Uint8Array, at: number, size: number): RangeError {
  return new RangeError(`${what}: wanted ${size} bytes at ${at}, got ${Math.max(0, source.length - at)}`)
}

/** Zeros that encoded structures are written to. A buffer for each of them would cost more than filling it in. */
let slab = new DataView(new ArrayBuffer(0))
let reserved = 0
const SLAB_BYTES = 0x8000

/** Takes bytes of a slab that nobody has had before; answers where they begin, a multiple of eight. */
function reserve(size: number): number {
  const at = alignUp(reserved, 8)
  if (at + size > slab.byteLength) {
    slab = new DataView(new ArrayBuffer(Math.max(size, SLAB_BYTES)))
    reserved = size
    return 0
  }
  reserved = at + size
  return at
}

let seen: { readonly source: Uint8Array; readonly view: DataView } | undefined

/** Members are mostly read and written one after the other, on the same bytes. */
function viewOf(source: Uint8Array): DataView {
  if (seen?.source === source) return seen.view
  seen = { source, view: new DataView(source.buffer, source.byteOffset, source.byteLength) }
  return seen.view
}

function checkWindow(view: DataView, offset: number, size: number): void {
  if (offset >= 0 && offset + size <= view.byteLength) return
  throw new RangeError(`wanted ${size} bytes at ${offset}, got ${Math.max(0, view.byteLength - offset)}`)
}

function window(view: DataView, offset: number, size: number): Uint8Array {
  checkWindow(view, offset, size)
  return new Uint8Array(view.buffer, view.byteOffset + offset, size)
}

function clear(view: DataView, offset: number, size: number): void {
  window(view, offset, size).fill(0)
}

function unsigned(value: unknown, max: number): number {
  if (typeof value === 'number' && value >= 0 && value <= max && Number.isInteger(value)) return value
  throw notUnsigned(value, max)
}

function notUnsigned(value: unknown, max: number): RangeError {
  return new RangeError(`${shown(value)} is not an integer from 0 to ${max}`)
}

function isWord(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value
}

function truth(value: unknown): 0 | 1 {
  if (typeof value === 'boolean') return value ? 1 : 0
  throw new RangeError(`${shown(value)} is not a boolean`)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isStruct(layout: AnyLayout): layout is AnyStruct {
  return 'fields' in layout
}

function isArray(layout: AnyLayout): layout is ArrayLayout<unknown, unknown> {
  return 'element' in layout
}
