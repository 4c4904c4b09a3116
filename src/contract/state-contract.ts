import type * as v from 'valibot'
import { fill, planOf } from './fill.ts'
import type { Json, JsonObject, Path } from './json.ts'
import { HOST, SCHEMA } from './state/host.ts'
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

/** The contract of states that `schema` describes. */
export function stateContract(schema: v.GenericSchema, number: number, steps: readonly Step[]): StateContract {
  const plan = planOf(schema)
  return {
    schema: number,
    fill: (path, value) => fill(plan, path, value),
    upgrade: (tree) => upgraded(steps, tree),
  }
}

/** The contract of a host's state. */
export const STATE = stateContract(HOST, SCHEMA, STEPS)
