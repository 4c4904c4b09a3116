/**
 * One C type on the wire: little endian, natural alignment. `T` is the type of a read value, `I` the type of a value to
 * write (for a structure: any part of it). `write` covers all `size` bytes and checks its value at run time. A value
 * that does not fit is a RangeError and may leave the bytes partly written. Access beyond the view is a RangeError too.
 */
export interface Layout<T, I = T> {
  readonly size: number
  readonly align: number
  /** set for plain numbers, which a structure reads and writes itself */
  readonly kind?: Kind
  read(view: DataView, offset: number): T
  /** @param blank the bytes are already zero, so zeros need not be written */
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

/** The value type of a layout. */
export type Value<L> = L extends Layout<infer T, never> ? T : never

export type AnyLayout = Layout<unknown, unknown>

/** A C array of `length` elements, without gaps between them. */
export interface ArrayLayout<T, I = T> extends Layout<T[], readonly I[]> {
  readonly element: Layout<T, I>
  readonly length: number
}

export interface Field<T = unknown> {
  readonly offset: number
  readonly layout: Layout<T, unknown>
}

/** A structure with members unknown to the compiler, as in a table of structures. */
export interface AnyStruct extends Layout<object, unknown> {
  readonly name: string
  readonly fields: Readonly<Record<string, Field>>
  encode(value: object): Uint8Array
  decode(bytes: Uint8Array, at?: number): object
}

/**
 * A named C structure or union. `F` has the members of `T` and those that overlap them (see `struct`).
 * `encode` gives exactly `size` bytes; omitted members are zero. `decode`, `get` and `set` work in place at byte `at`.
 * Too few bytes are a RangeError that names the structure, the wanted and the available bytes.
 */
export interface Struct<T, I = Partial<T>, F = T> extends Layout<T, I> {
  readonly name: string
  readonly fields: { readonly [K in keyof F]: Field<F[K]> }
  encode(value: I): Uint8Array
  decode(bytes: Uint8Array, at?: number): T
  get<K extends keyof F>(bytes: Uint8Array, field: K, at?: number): F[K]
  set<K extends keyof I>(bytes: Uint8Array, field: K, value: Exclude<I[K], undefined>, at?: number): void
}
