import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostAfter, past } from '../engine/random-host.ts'
import { Bench } from './captured-io.ts'

const SEED = Number(process.env.DECLARE_SEED ?? Date.now() % 0x7fffffff)
const RUNS = Number(process.env.DECLARE_RUNS ?? 60)
console.log(`declare: DECLARE_SEED=${SEED} DECLARE_RUNS=${RUNS}`)

/** A bench on which the state, made in memory, is the host. */
async function benchOf(state: object): Promise<Bench> {
  const bench = new Bench()
  const file = bench.file('state.json', JSON.stringify({ schema: 1, ...state }))
  const { status, stderr } = await bench.sh(`host import ${file}`)
  expect(status, stderr).toBe(0)
  return bench
}

describe('the export of a random host', () => {
  it('changes nothing there, and makes another host one with the same export', { timeout: 600_000 }, async () => {
    const seen = { vgpus: 0, definitions: 0, hosts: 0 }
    await fc.assert(
      fc.asyncProperty(past, async (before) => {
        const state = hostAfter(before)
        const here = await benchOf(state)
        const there = new Bench()
        try {
          const document = (await here.sh('export')).stdout
          const raw = (await here.sh('host export')).stdout
          const again = await here.sh('apply -f - -o json', { stdin: document })
          expect(again.status, again.stderr).toBe(0)
          expect(JSON.parse(again.stdout).items).toEqual([])
          expect((await here.sh('host export')).stdout).toBe(raw)
          const made = await there.sh('apply -f - -q', { stdin: document })
          expect(made.status, made.stderr).toBe(0)
          expect((await there.sh('export')).stdout).toBe(document)
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
