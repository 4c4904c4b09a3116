import type { Json } from './json.ts'
import { type Judgement, judge } from './problems.ts'
import { HOST, type HostState } from './state/host.ts'
import { STATE } from './state-contract.ts'

/**
 * Reads a foreign host, an export of this schema or an earlier one: returns it in the newest schema with defaults for
 * missing fields, or the first problem. Unknown fields are refused.
 */
export function readHost(value: Json): Judgement<HostState> {
  const tree = STATE.fill([], value)
  const isTree = typeof tree === 'object' && tree !== null && !Array.isArray(tree)
  return judge(HOST, 'host', isTree ? STATE.upgrade(tree) : tree)
}

/** The first problem of a value that should be a host of the newest schema, if there is one. */
export function hostProblem(value: unknown): string | undefined {
  const judged = judge(HOST, 'host', value)
  return 'problem' in judged ? judged.problem : undefined
}
