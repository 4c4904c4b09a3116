import type { Certificate } from '../../contract/views/plan.ts'
import { certificateOf } from './certificate.ts'
import { presentIn } from './contents.ts'
import { leavingOut, type Problem } from './problem.ts'
import { type Effort, type Outcome, search } from './search.ts'
import { type Steps, stepsTo } from './steps.ts'

/** The best plan and what is proved of it. */
export interface Plan extends Steps {
  /** Number of asked vGPUs without a place, by kind. */
  readonly leftOut: readonly number[]
  /** vGPUs that stop, where evicted ones do not move */
  readonly stopped: Steps['created']
  /** The plan is the best. */
  readonly exact: boolean
  /** It is proved that not all asked vGPUs can be placed. */
  readonly impossible: boolean
  /** No plan costs less: an eviction or a step counts 1, an asked vGPU without a place `leavingOut`. */
  readonly bound: number
  readonly certificate: Certificate
  /** positions looked into */
  readonly nodes: number
}

/**
 * The best plan: the most of the asked vGPUs are placed, with the fewest migrations, of which each finds its place free; or
 * with the fewest vGPUs that stop.
 * @param most positions to look into
 * @param partial a plan without places for all asked vGPUs is of use; otherwise it is not sought
 */
export function bestPlan(problem: Problem, most: number, partial: boolean): Plan {
  const effort = { most, enough: partial ? Number.POSITIVE_INFINITY : leavingOut(problem) }
  const outcome = problem.evicted === 'move' ? byMoving(problem, effort) : byStopping(problem, effort)
  const { found, bound, weighed, weights, nodes } = outcome
  return {
    ...found.accepted,
    leftOut: found.leftOut,
    exact: bound === found.cost,
    impossible: bound >= leavingOut(problem),
    bound,
    certificate: certificateOf(problem, weighed, weights),
    nodes,
  }
}

type Accepted = Steps & Pick<Plan, 'stopped'>

function byMoving(problem: Problem, effort: Effort): Outcome<Accepted> {
  return search(problem, effort, (contents, after, allowed) => {
    const seats = after.flatMap((id) => contents.at(id).seats)
    const movers = seats.filter(({ role }) => role === 'gone').length
    const steps = stepsTo(contents, after, allowed)
    return steps && { extra: steps.steps.length - movers, value: { ...steps, stopped: [] } }
  })
}

function byStopping(problem: Problem, effort: Effort): Outcome<Accepted> {
  return search(problem, effort, (contents, after) => {
    const at = after.map((id) => contents.at(id))
    const created = at.flatMap((content, gpu) =>
      presentIn(content).flatMap(({ kind, place, role }) => (role === 'new' ? [{ kind, at: { gpu, place } }] : [])),
    )
    const stopped = at.flatMap(({ seats }, gpu) =>
      seats.flatMap(({ kind, place, role }) => (role === 'gone' ? [{ kind, at: { gpu, place } }] : [])),
    )
    return { extra: 0, value: { steps: [], created, stopped } }
  })
}
