import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { killedMigrations } from '../reliability/migrations.ts'
import { chosenSeed } from '../reliability/random.ts'
import { DIRS, type Dir, runners, TwoHosts, traces, UUID, violations } from './two-hosts.ts'

describe('a migration that is killed or fails', () => {
  it('leaves the vGPU running on exactly one host after the next command on each, and nothing on the other', async () => {
    const seed = chosenSeed()
    const { counts, failures } = await killedMigrations({ seed, rounds: 120 })
    console.log(`migrations: NVGPU_SEED=${seed}: ${counts}`)
    expect(failures).toEqual([])
  }, 300_000)

  it('and so does one during which another process changes either host', () => {
    const provisioned = TwoHosts.provisioned()
    const counted = provisioned.copy()
    const before = counted.files.calls
    counted.migrate('/a', '/b', { copy: { precopy: true } })
    const operations = counted.files.calls - before
    const tally = { moved: 0, stayed: 0, startedOver: 0 }
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: operations }),
        fc.constantFrom<Dir>(...DIRS),
        fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
        (first, dir, second) => {
          const hosts = provisioned.copy()
          const other = hosts.copyOf(hosts.files)
          hosts.files.interrupt(first, () => {
            other.nextCommand(dir)
            if (second !== undefined) hosts.files.interrupt(second, () => other.nextCommand(dir === '/a' ? '/b' : '/a'))
          })
          // called off by the other process, it starts over
          hosts.migrate('/a', '/b')
          if (hosts.attempts > 1) tally.startedOver += 1
          for (const each of DIRS) hosts.nextCommand(each)
          const states = DIRS.map((each) => hosts.state(each))
          const [a = 0, b = 0] = states.map((state) => runners(state, UUID).length)
          expect(a + b).toBe(1)
          tally[b === 1 ? 'moved' : 'stayed'] += 1
          expect(states.map(violations)).toEqual([[], []])
          expect(states.map((state) => state.migrations)).toEqual([[], []])
          const away = states[b === 1 ? 0 : 1]
          expect(away && traces(away, UUID)).toEqual([])
        },
      ),
      { numRuns: 150, seed: 4 },
    )
    expect(tally.stayed).toBe(0)
    expect(tally.startedOver).toBeGreaterThan(0)
  })
})
