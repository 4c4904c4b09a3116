import { bestPlan } from '../../src/planner/search/plan.ts'
import { leavingOut } from '../../src/planner/search/problem.ts'
import { proves } from '../planner/checker.ts'
import { drawing, randomProblem, type Scene } from '../planner/random-problem.ts'
import type { Amount, Result } from './part.ts'

/** The positions that `fit --optimal` looks into. */
const POSITIONS = 3_000

const HOST: Scene = {
  board: 'L40',
  profile: 'vgpu17',
  gpus: 8,
  vfs: 32,
  mixed: 1,
  churn: 24,
  asked: 1,
  sizes: ['1Q', '2Q', '3Q', '4Q', '6Q', '8Q', '12Q', '16Q', '24Q', '48Q'],
  evicted: 'move',
}

/** Searches random hosts with eight GPUs for the best answer to one to eight wishes, and checks each certificate. */
export async function checkedPlans({ seed, rounds = 1_000, milliseconds }: Amount): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const nodes: number[] = []
  const failures: string[] = []
  const ends = { now: 0, moves: 0, partly: 0, gaveUp: 0 }
  for (let round = 0; round < rounds && Date.now() <= end; round += 1) {
    const draw = drawing(seed + round)
    const problem = randomProblem({ ...HOST, asked: 1 + draw(8) }, draw)
    const plan = bestPlan(problem, POSITIONS, true)
    nodes.push(plan.nodes)
    const left = plan.leftOut.reduce((sum, number) => sum + number, 0)
    const cost = plan.steps.length + left * leavingOut(problem)
    if (!proves(plan.certificate)) failures.push(`seed ${seed + round}: the certificate does not prove its bound`)
    if (plan.bound > cost || plan.exact !== (plan.bound === cost))
      failures.push(`seed ${seed + round}: the bound is wrong`)
    if (!plan.exact) ends.gaveUp += 1
    else if (left > 0) ends.partly += 1
    else if (plan.steps.length > 0) ends.moves += 1
    else ends.now += 1
  }
  nodes.sort((a, b) => a - b)
  const at = (share: number) => nodes[Math.min(nodes.length - 1, Math.floor(share * nodes.length))] ?? 0
  const answers = `${ends.now} fit now, ${ends.moves} after migrations, ${ends.partly} in part, ${ends.gaveUp} gave up with a bound`
  return {
    counts: `${nodes.length} hosts: ${answers}; positions: median ${at(0.5)}, 99th percentile ${at(0.99)}, most ${at(1)}`,
    failures,
  }
}
