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

export const OTHER = 0

export const BYTE = 1

export const WORD = 2

export const TRUTH = 3

export const LONG = 4

export type Kind = typeof BYTE | typeof WORD | typeof TRUTH | typeof LONG

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
