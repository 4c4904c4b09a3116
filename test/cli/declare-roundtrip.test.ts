import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostAfter, past } from '../engine/random-host.ts'
import { Bench } from './captured-io.ts'
import { benchOf, expectRoundTrip } from './round-trip.ts'

const SEED = Number(process.env.DECLARE_SEED ?? Date.now() % 0x7fffffff)
const RUNS = Number(process.env.DECLARE_RUNS ?? 60)
console.log(`declare: DECLARE_SEED=${SEED} DECLARE_RUNS=${RUNS}`)

describe('the export of a random host', () => {
  it('changes nothing there, and makes another host one with the same export', { timeout: 600_000 }, async () => {
    const seen = { vgpus: 0, definitions: 0, hosts: 0 }
    await fc.assert(
      fc.asyncProperty(past, async (before) => {
        const state = hostAfter(before)
        const here = await benchOf(state)
        const there = new Bench()
        try {
          const document = await expectRoundTrip(here, there)
          seen.hosts += 1
          seen.vgpus += document.match(/^ {4}vf: 0/gm)?.length ?? 0
          seen.definitions += document.match(/^ {4}start: /gm)?.length ?? 0
        } finally {
          here.dispose()
          there.dispose()
        }
      }),
      { seed: SEED, numRuns: RUNS },
    )
    console.log(`declare: ${JSON.stringify(seen)}`)
    expect(seen.vgpus).toBeGreaterThan(30)
    expect(seen.definitions).toBeGreaterThan(3)
  })
})
