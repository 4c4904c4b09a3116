import type * as v from 'valibot'
import { defaultOf, hasDefault } from './defaults.ts'
import type { Json, JsonObject, Path } from './json.ts'
import { bare, elementOf, isObjectSchema } from './schema-parts.ts'

/** The places in a value of a schema that have fields with defaults; undefined if there are none. */
export type Plan = ObjectPlan | EachPlan | undefined

interface ObjectPlan {
  readonly kind: 'object'
  /** fields with a default, and fields that contain some */
  readonly keys: readonly string[]
  readonly schemas: readonly v.GenericSchema[]
  readonly insides: readonly Plan[]
}

/** A list or a map, whose elements have the same schema. */
interface EachPlan {
  readonly kind: 'each'
  readonly inside: Plan
}

/** The plan of a schema. */
export function planOf(schema: v.GenericSchema): Plan {
  const here = bare(schema)
  if (isObjectSchema(here)) return planOfObject(here.entries)
  const element = elementOf(here)
  const inside = element && planOf(element)
  return inside && { kind: 'each', inside }
}

function planOfObject(entries: v.ObjectEntries): Plan {
  const keys: string[] = []
  const schemas: v.GenericSchema[] = []
  const insides: Plan[] = []
  for (const [key, schema] of Object.entries(entries)) {
    const inside = planOf(schema)
    if (inside === undefined && !hasDefault(schema)) continue
    keys.push(key)
    schemas.push(schema)
    insides.push(inside)
  }
  return keys.length > 0 ? { kind: 'object', keys, schemas, insides } : undefined
}

/**
 * The value at a place of a tree, with defaults for missing fields. Returns the value itself if none is missing, and
 * never changes it. Unknown values and values of another kind stay as they are.
 */
export function fill(plan: Plan, path: Path, value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  let here = plan
  for (const step of path) {
    if (here === undefined) return value
    here = here.kind === 'each' ? here.inside : here.insides[here.keys.indexOf(String(step))]
  }
  return filled(here, value)
}

function filled(plan: Plan, value: Json): Json {
  if (plan === undefined || typeof value !== 'object' || value === null) return value
  if (plan.kind === 'object') return Array.isArray(value) ? value : filledObject(plan, value)
  return Array.isArray(value) ? filledList(plan, value) : filledMap(plan, value)
}

function filledObject({ keys, schemas, insides }: ObjectPlan, value: JsonObject): JsonObject {
  let result = value
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? ''
    const before = value[key]
    const after = before === undefined ? missing(schemas[at]) : filled(insides[at], before)
    if (after === before || after === undefined) continue
    if (result === value) result = { ...value }
    result[key] = after
  }
  return result
}

function missing(schema: v.GenericSchema | undefined): Json | undefined {
  return schema !== undefined && hasDefault(schema) ? defaultOf(schema) : undefined
}

function filledList({ inside }: EachPlan, value: Json[]): Json[] {
  let result = value
  for (let index = 0; index < value.length; index++) {
    const before = value[index] ?? null
    const after = filled(inside, before)
    if (after === before) continue
    if (result === value) result = [...value]
    result[index] = after
  }
  return result
}

function filledMap({ inside }: EachPlan, value: JsonObject): JsonObject {
  let result = value
  for (const key in value) {
    const before = value[key] ?? null
    const after = filled(inside, before)
    if (after === before) continue
    if (result === value) result = { ...value }
    if (key !== '__proto__') result[key] = after
  }
  return result
}
