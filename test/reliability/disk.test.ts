import { describe, expect, it } from 'vitest'
import { mutants, pastFailures } from './disk-parts.ts'
import { diskRound, newTally } from './disk-round.ts'
import { diskProgram } from './disk-run.ts'
import { MUTANTS } from './mutants.ts'
import { PAST_FAILURES } from './past-failures.ts'
import { chosenSeed } from './random.ts'
import { rotRound } from './rot-round.ts'

describe('the simulated disk', () => {
  it('loses nothing that was acknowledged, whatever part of the unsynced survives a power cut', () => {
    const seed = chosenSeed()
    const tally = newTally()
    const rounds = 60
    for (let round = 0; round < rounds; round++) {
      try {
        diskRound(seed + round, tally)
      } catch (error) {
        throw new Error(`npx vitest: NVGPU_SEED=${seed + round}`, { cause: error })
      }
    }
    console.log(`disk: NVGPU_SEED=${seed}: ${rounds} rounds, ${JSON.stringify(tally)}`)
    expect(tally.cuts).toBe(3 * rounds)
    expect(tally.kills).toBeGreaterThan(rounds / 4)
    expect(tally.interleaved).toBeGreaterThan(rounds / 4)
  })

  it('with a turned bit ends in the truth or in a refusal, never in a checkpoint of something else', () => {
    const seed = chosenSeed()
    const rounds = 40
    for (let round = 0; round < rounds; round++) {
      try {
        rotRound(seed + round)
      } catch (error) {
        throw new Error(`npx vitest: NVGPU_SEED=${seed + round}`, { cause: error })
      }
    }
    console.log(`bits: NVGPU_SEED=${seed}: ${rounds} rounds`)
  })
})

describe('the list of mutants', () => {
  it('matches the source as it is now', async () => {
    expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length)
    for (const { substitutions, foundBy } of MUTANTS) await diskProgram(substitutions, foundBy)
  })

  it.each(['no-commit-sync', 'no-base-check', 'files-not-synced', 'index-of-other-shards'])(
    'has %s found by the rounds',
    async (name) => {
      const list = MUTANTS.filter((mutant) => mutant.name === name)
      const { failures, counts } = await mutants({ seed: chosenSeed(), rounds: 3_000 }, list)
      console.log(counts)
      expect(failures).toEqual([])
    },
  )
})

describe('the table of past failures', () => {
  it('names mutants, and seeds that still show them', async () => {
    expect(PAST_FAILURES.every(({ mutant }) => MUTANTS.some(({ name }) => name === mutant))).toBe(true)
    expect((await pastFailures({ seed: 0, rounds: 2 })).failures).toEqual([])
  })
})
