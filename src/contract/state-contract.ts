import { fill, type Plan } from './fill.ts'
import type { Json, JsonObject, Path } from './json.ts'
import { SCHEMA } from './state/schema-number.ts'
import { PLAN } from './state-plan.ts'
import { type Step, upgraded } from './upgrade/steps.ts'

/** Upgrades states that earlier versions wrote. */
export interface StateContract {
  /** number of the newest schema, which is the one that is written */
  readonly schema: number
  /** The value at a place of the tree, with defaults for missing fields. */
  fill(path: Path, value: Json): Json
  /** Upgrades a whole tree of an older schema to the newest. */
  upgrade(tree: JsonObject): JsonObject
}

/** The upgrade steps from schema to schema. */
const STEPS: readonly Step[] = []

/** The contract of states of the schema that `plan` belongs to. */
export function stateContract(plan: Plan, schema: number, steps: readonly Step[]): StateContract {
  return {
    schema,
    fill: (path, value) => fill(plan, path, value),
    upgrade: (tree) => upgraded(steps, tree),
  }
}

/** The contract of a host's state. */
export const STATE = stateContract(PLAN, SCHEMA, STEPS)
