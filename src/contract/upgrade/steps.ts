import type { JsonObject } from '../json.ts'

/** Brings a whole state from one schema to the next: what a default cannot express. Its fields have their defaults. */
export interface Step {
  /** the schema it makes; it is given one less */
  readonly to: number
  run(tree: JsonObject): JsonObject
}

/** A state of an older schema in that of the last of `steps`, which are in the order of their schemas. */
export function upgraded(steps: readonly Step[], tree: JsonObject): JsonObject {
  let now = tree
  for (const { to, run } of steps) {
    if (Number(now.schema) < to) now = { ...run(now), schema: to }
  }
  return now
}
