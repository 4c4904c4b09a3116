import type { JsonObject } from '../json.ts'

/**
 * Upgrades a whole state by one schema, for changes that no default can express. Missing fields have their defaults
 * already.
 */
export interface Step {
  /** the schema of the result; the input has one less */
  readonly to: number
  run(tree: JsonObject): JsonObject
}

/** Upgrades a state of an older schema to that of the last of `steps`, which are sorted by schema. */
export function upgraded(steps: readonly Step[], tree: JsonObject): JsonObject {
  let now = tree
  for (const { to, run } of steps) {
    if (Number(now.schema) < to) now = { ...run(now), schema: to }
  }
  return now
}
