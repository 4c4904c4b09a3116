import type { Json } from './json.ts'
import { type Judgement, judge } from './problems.ts'
import { HOST, type HostState } from './state/host.ts'
import { STATE } from './state-contract.ts'

/**
 * A host from elsewhere, an export of this schema or an earlier one, in the newest schema and with the defaults of what it
 * lacks; or the first thing that keeps it from being one. Fields that no host has are refused.
 */
export function readHost(value: Json): Judgement<HostState> {
  const tree = STATE.fill([], value)
  const isTree = typeof tree === 'object' && tree !== null && !Array.isArray(tree)
  return judge(HOST, 'host', isTree ? STATE.upgrade(tree) : tree)
}

/** What keeps a value from being a host of the newest schema, if anything does. */
export function hostProblem(value: unknown): string | undefined {
  const judged = judge(HOST, 'host', value)
  return 'problem' in judged ? judged.problem : undefined
}
