import fc from 'fast-check'
import { expect, it } from 'vitest'
import { newHost } from '../../src/engine/new-host.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { Bench } from '../cli/captured-io.ts'
import { benchOf, expectRoundTrip } from '../cli/round-trip.ts'
import { boundHost } from '../engine/bound-host.ts'
import { ACTS } from './acts.ts'
import { MIG_BOARDS } from './walk.ts'

const SEED = Number(process.env.DECLARE_SEED ?? Date.now() % 0x7fffffff)
const RUNS = Number(process.env.DECLARE_RUNS ?? 6)
console.log(`MIG documents: DECLARE_SEED=${SEED}`)

/** Steps to a host that is to be described; a GPU without a driver has no settings. */
const KINDS = Object.keys(ACTS).filter((kind) => kind !== 'unbind' && kind !== 'bind')

const past = fc.record({
  board: fc.constantFrom(...MIG_BOARDS),
  gpus: fc.constantFrom(1, 2),
  steps: fc.array(
    fc.record({
      act: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom('instance', 'three', 'placed', 'compute', 'vgpu', 'vgpu', 'stop') },
        { weight: 1, arbitrary: fc.constantFrom(...KINDS) },
      ),
      n: fc.nat({ max: 99 }),
    }),
    { minLength: 8, maxLength: 20, size: 'max' },
  ),
})

/** A host after random steps, without the refused ones. */
function hostAfter({ board, gpus, steps }: { board: string; gpus: number; steps: { act: string; n: number }[] }) {
  const state = newHost({ board, gpus, profile: 'vgpu17' })
  const host = boundHost(state)
  for (const gpu of state.gpus.keys()) host.setMigMode({ gpu: String(gpu), on: true })
  host.enableVfs({ gpu: '0', count: 8 })
  for (const { act, n } of steps) {
    try {
      ACTS[act]?.(host, n)
    } catch (error) {
      if (!(error instanceof NvError)) throw error
    }
  }
  return state
}

it('M 4: the export of a host with GPU instances changes nothing there, and makes a new host one with the same export', async () => {
  const seen = { instances: 0, vgpus: 0 }
  const property = fc.asyncProperty(past, async (before) => {
    const here = await benchOf(hostAfter(before))
    const there = new Bench()
    try {
      await expectRoundTrip(here, there)
      expect((await there.sh('mig list -o json')).stdout).toBe((await here.sh('mig list -o json')).stdout)
      seen.instances += (await here.sh('mig list -q')).stdout.split('\n').length - 1
      seen.vgpus += (await here.sh('vgpu list -q')).stdout.split('\n').length - 1
    } finally {
      here.dispose()
      there.dispose()
    }
  })
  await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
  console.log(`MIG documents: ${JSON.stringify(seen)}`)
  expect(seen.instances).toBeGreaterThan(RUNS)
})
