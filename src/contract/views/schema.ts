/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown }

/** The JSON Schema of a view, with the TypeScript type of the view. */
export interface Schema<T> {
  readonly json: JsonSchema
  /** Never present; carries the type. */
  readonly type?: T
}

/** A schema of an optional member. */
export interface OptionalSchema<T> extends Schema<T> {
  readonly optional: true
}

/** The type that a schema declares. */
export type Infer<S> = S extends { readonly type?: infer T } ? T : never

type Members = Readonly<Record<string, Schema<unknown>>>
type Keys<M, Optional> = {
  [K in keyof M]: M[K] extends { readonly optional: true }
    ? Optional extends true
      ? K
      : never
    : Optional extends true
      ? never
      : K
}[keyof M]
type ObjectOf<M> = { [K in Keys<M, false>]: Infer<M[K]> } & { [K in Keys<M, true>]?: Infer<M[K]> }
/** The members of an intersection as those of one type, for messages of the compiler. */
type Flat<T> = { [K in keyof T]: T[K] }

export const text: Schema<string> = { json: { type: 'string' } }
export const number: Schema<number> = { json: { type: 'number' } }
export const integer: Schema<number> = { json: { type: 'integer' } }
export const count: Schema<number> = { json: { type: 'integer', minimum: 0 } }
/** A number that is not negative. */
export const amount: Schema<number> = { json: { type: 'number', minimum: 0 } }
export const flag: Schema<boolean> = { json: { type: 'boolean' } }
/** 0x and hexadecimal digits. */
export const hex = pattern('^0x[0-9a-f]+$')
/** An address of a PCI function, as the kernel writes it. */
export const bdf = pattern('^[0-9a-f]{4}:[0-9a-f]{2}:[01][0-9a-f]\\.[0-7]$')
export const uuid = pattern('^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')

export function pattern(expression: string): Schema<string> {
  return { json: { type: 'string', pattern: expression } }
}

export function oneOf<const C extends string | number>(...choices: C[]): Schema<C> {
  return { json: { enum: choices } }
}

export function nullable<T>({ json }: Schema<T>): Schema<T | null> {
  if ('enum' in json && Array.isArray(json.enum)) return { json: { ...json, enum: [...json.enum, null] } }
  if (typeof json.type === 'string') return { json: { ...json, type: [json.type, 'null'] } }
  return { json: { anyOf: [json, { type: 'null' }] } }
}

export function list<T>({ json }: Schema<T>): Schema<T[]> {
  return { json: { type: 'array', items: json } }
}

/** A map from any key. */
export function map<T>({ json }: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return { json: { type: 'object', additionalProperties: json } }
}

/** Any JSON value. */
export const anything: Schema<unknown> = { json: {} }

export function optional<T>({ json }: Schema<T>): OptionalSchema<T> {
  return { json, optional: true }
}

/** The same with a description. */
export function described<T>(schema: Schema<T>, description: string): Schema<T> {
  return { json: { ...schema.json, description } }
}

export function object<const M extends Members>(members: M): Schema<Flat<ObjectOf<M>>> {
  const properties: Record<string, JsonSchema> = {}
  const required: string[] = []
  for (const [key, member] of Object.entries(members)) {
    properties[key] = member.json
    if (!('optional' in member)) required.push(key)
  }
  return { json: { type: 'object', properties, required, additionalProperties: false } }
}
