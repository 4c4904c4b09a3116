import type { Json, JsonObject, Path } from './json.ts'

/** The places in a value of a schema that have fields with defaults, as data; null if there are none. */
export type Plan = ObjectPlan | EachPlan | null

interface ObjectPlan {
  /** fields with a default, and fields that contain some */
  readonly keys: readonly string[]
  readonly fields: readonly Field[]
}

export interface Field {
  readonly inside: Plan
  readonly default?: Json
}

/** A list or a map, whose elements have the same schema. */
interface EachPlan {
  readonly each: Plan
}

/**
 * The value at a place of a tree, with defaults for missing fields. Returns the value itself if none is missing, and
 * never changes it. Unknown values and values of another kind stay as they are.
 */
export function fill(plan: Plan, path: Path, value: Json): Json {
  if (typeof value !== 'object' || value === null) return value
  let here: Plan | undefined = plan
  for (const step of path) {
    if (!here) return value
    here = 'each' in here ? here.each : here.fields[here.keys.indexOf(String(step))]?.inside
  }
  return filled(here ?? null, value)
}

function filled(plan: Plan, value: Json): Json {
  if (plan === null || typeof value !== 'object' || value === null) return value
  if ('keys' in plan) return Array.isArray(value) ? value : filledObject(plan, value)
  return Array.isArray(value) ? filledList(plan, value) : filledMap(plan, value)
}

function filledObject({ keys, fields }: ObjectPlan, value: JsonObject): JsonObject {
  let result = value
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] ?? ''
    const field = fields[at]
    const before = value[key]
    const after = before === undefined ? newValue(field?.default) : filled(field?.inside ?? null, before)
    if (after === before || after === undefined) continue
    if (result === value) result = { ...value }
    result[key] = after
  }
  return result
}

/** A default for one place: two places share no list or object. */
function newValue(value: Json | undefined): Json | undefined {
  return typeof value === 'object' && value !== null ? JSON.parse(JSON.stringify(value)) : value
}

function filledList({ each }: EachPlan, value: Json[]): Json[] {
  let result = value
  for (let index = 0; index < value.length; index++) {
    const before = value[index] ?? null
    const after = filled(each, before)
    if (after === before) continue
    if (result === value) result = [...value]
    result[index] = after
  }
  return result
}

function filledMap({ each }: EachPlan, value: JsonObject): JsonObject {
  let result = value
  for (const key in value) {
    const before = value[key] ?? null
    const after = filled(each, before)
    if (after === before) continue
    if (result === value) result = { ...value }
    if (key !== '__proto__') result[key] = after
  }
  return result
}
