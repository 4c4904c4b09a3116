import { describe, expect, it } from 'vitest'
import { bestPlan } from '../../src/planner/search/plan.ts'
import { leavingOut } from '../../src/planner/search/problem.ts'
import { cheapest, fewestSteps } from './brute-force.ts'
import { proves } from './checker.ts'
import { drawing, randomProblem, type Scene } from './random-problem.ts'

const NODES = 5_000

/** Small enough to try everything. */
const SMALL: Omit<Scene, 'evicted'> = {
  board: 'A16',
  profile: 'vgpu17',
  gpus: 2,
  vfs: 16,
  mixed: 1,
  churn: 3,
  asked: 2,
  sizes: ['4Q', '8Q', '16Q'],
}
const SMALL_SCENES: Omit<Scene, 'evicted'>[] = [
  SMALL,
  { ...SMALL, gpus: 1, churn: 5, sizes: ['2Q', '4Q', '8Q'] },
  { ...SMALL, vfs: 2 },
  { ...SMALL, mixed: 0, churn: 3 },
  { ...SMALL, mixed: 0.5, gpus: 3, churn: 1 },
  { ...SMALL, board: 'L4', profile: 'v2', sizes: ['6Q', '8Q', '12Q', '24Q'] },
  { ...SMALL, board: 'L4', profile: 'v2', mixed: 0, sizes: ['6Q', '8Q', '12Q', '24Q'] },
]

describe('the search on one host', () => {
  it.each(SMALL_SCENES.map((scene, i) => [i, scene] as const))(
    'costs no more than the cheapest plan there is: scene %i',
    (_, scene) => {
      for (let seed = 0; seed < 15; seed += 1) {
        for (const evicted of ['move', 'stop'] as const) {
          const problem = randomProblem({ ...scene, evicted, asked: 1 + (seed % 3) }, drawing(seed))
          const plan = bestPlan(problem, NODES, true)
          const left = plan.leftOut.reduce((a, b) => a + b, 0)
          const cost = left * leavingOut(problem) + plan.steps.length + plan.stopped.length
          const least = cheapest(problem)
          expect(proves(plan.certificate), `seed ${seed} ${evicted}`).toBe(true)
          expect(plan.certificate.bound).toBeLessThanOrEqual(least)
          if (evicted === 'stop') expect(cost, `seed ${seed}`).toBe(least)
          expect(plan.bound).toBeGreaterThanOrEqual(plan.certificate.bound)
          expect(plan.exact, `seed ${seed}`).toBe(plan.bound === cost)
          if (evicted === 'move' && left === 0) {
            expect(plan.exact, `seed ${seed}`).toBe(true)
            expect(fewestSteps(problem, Math.min(3, plan.steps.length)), `seed ${seed}`).toBe(
              plan.steps.length > 3 ? null : plan.steps.length,
            )
          }
        }
      }
    },
  )

  it('a certificate that claims more does not pass', () => {
    let claimed = 0
    for (let seed = 0; seed < 15; seed += 1) {
      const problem = randomProblem({ ...SMALL, evicted: 'move' }, drawing(seed))
      const { certificate } = bestPlan(problem, NODES, true)
      if (certificate.bound !== cheapest(problem)) continue
      claimed += 1
      expect(proves({ ...certificate, bound: certificate.bound + 1 })).toBe(false)
    }
    expect(claimed).toBeGreaterThan(7)
  })
})
