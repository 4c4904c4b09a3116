import { expect, it } from 'vitest'
import { LiveRounds } from '../reliability/live-rounds.ts'
import { chosenSeed } from '../reliability/random.ts'
import { notLive } from './live-host.ts'

const why = notLive('ordinary')
if (why !== undefined) console.log(`skipped: ${why}`)

it.skipIf(why !== undefined).each([
  ['', false],
  [', and servers, runs, writers and command lines that are killed', true],
])('G 6: 64 writers through files and commands at once%s: one order explains every answer', async (_, withKills) => {
  const seed = chosenSeed()
  const rounds = new LiveRounds(seed)
  try {
    expect(await rounds.next(withKills), `NVGPU_SEED=${seed}`).toEqual([])
    expect(rounds.operations, rounds.counts).toBeGreaterThan(300)
  } finally {
    rounds.dispose()
  }
})
