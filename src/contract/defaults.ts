import type * as v from 'valibot'
import type { Json } from './json.ts'

/** The fields of an object that have a default, with their types. */
type Defaults<E extends v.ObjectEntries> = {
  -readonly [K in keyof E as E[K] extends v.OptionalSchema<v.GenericSchema, infer D>
    ? D extends undefined
      ? never
      : K
    : never]: v.InferOutput<E[K]>
}

/** The schema of a field with a default. */
interface Defaulted extends v.GenericSchema {
  readonly default: Json | (() => Json)
}

/** The defaults of an object's fields, new at each call: the initial values of a new object. */
export function defaultsOf<E extends v.ObjectEntries>(schema: v.StrictObjectSchema<E, undefined>): Defaults<E>
export function defaultsOf({ entries }: v.StrictObjectSchema<v.ObjectEntries, undefined>): Record<string, Json> {
  const values: Record<string, Json> = {}
  for (const key in entries) {
    const schema = entries[key]
    if (schema !== undefined && hasDefault(schema)) values[key] = defaultOf(schema)
  }
  return values
}

/** A new object: `values`, and for the other fields their defaults. */
export function withDefaults<E extends v.ObjectEntries, V extends object>(
  schema: v.StrictObjectSchema<E, undefined>,
  values: V,
): Omit<Defaults<E>, keyof V> & V {
  return Object.assign(defaultsOf(schema), values)
}

export function hasDefault(schema: v.GenericSchema): schema is Defaulted {
  return schema.type === 'optional'
}

export function defaultOf({ default: value }: Defaulted): Json {
  return typeof value === 'function' ? value() : value
}
