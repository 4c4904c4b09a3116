import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Tally, walks } from './walk.ts'

const SEED = Number(process.env.WALK_SEED ?? Date.now() % 0x7fffffff)
const RUNS = Number(process.env.WALK_RUNS ?? 6)
console.log(`MIG walk: WALK_SEED=${SEED}`)

it('M 3: a random walk keeps the invariants, a refused step changes nothing, and undo gives back what was', async () => {
  const tally: Tally = {}
  await fc.assert(walks(tally), { seed: SEED, numRuns: RUNS, endOnFailure: true })
  expect(Object.values(tally).reduce((sum, times) => sum + times, 0)).toBeGreaterThan(RUNS)
})
