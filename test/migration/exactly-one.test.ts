import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DIRS, type Dir, guestMemory, OTHER, runners, TwoHosts, traces, UUID, violations } from './two-hosts.ts'

const RUNS = 1000
const OFFSET = 0x123000

/** Points a migration comes by, on the host where it does. */
const FAULTS: readonly (readonly [Dir, string, readonly string[]])[] = [
  ...['4', '5', '6', '7'].map((message) => ['/a', `rpc.${message}`, ['5', 'drop']] as const),
  ...['1', '2', '4', '8', '9', '10', '13'].map((message) => ['/b', `rpc.${message}`, ['5', 'drop']] as const),
  ...['RUNNING-STOP', 'STOP-STOP_COPY', 'RUNNING-PRE_COPY', 'PRE_COPY-STOP_COPY', 'STOP_COPY-STOP', 'STOP-RUNNING'].map(
    (arc) => ['/a', `mig.${arc}`, ['EIO']] as const,
  ),
  ...['STOP-RESUMING', 'RESUMING-STOP', 'STOP-RUNNING'].map((arc) => ['/b', `mig.${arc}`, ['EIO']] as const),
  ['/a', 'mig.read', ['EIO']],
  ['/b', 'mig.write', ['EIO']],
  ...['allocChids', 'allocFbmem', 'bar1MapMem', 'allocGspClient', 'rmCtrlWr', 'rmCtrlRd', 'scrubFbmem'].map(
    (op) => ['/b', `ops.${op}`, ['ENOSPC', 'ENOMEM']] as const,
  ),
  ['/a', 'ops.rmCtrlRd', ['EIO']],
  ['/b', 'plugin.boot', ['hang']],
  ['/b', 'vf.enable', ['EIO']],
  ['/b', 'vf.reset', ['ENOTTY']],
]

const fault = fc.constantFrom(...FAULTS).chain(([dir, point, effects]) =>
  fc.record({
    dir: fc.constant(dir),
    point: fc.constant(point),
    effect: fc.constantFrom(...effects),
    after: fc.integer({ min: 0, max: 2 }),
  }),
)

describe('a migration that is killed or fails', () => {
  const provisioned = TwoHosts.provisioned()
  const pattern = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7) % 251))
  provisioned.writeGuest('/a', UUID, OFFSET, pattern)
  const counted = provisioned.copy()
  const before = counted.files.calls
  counted.migrate('/a', '/b', { copy: { precopy: true } })
  const operations = counted.files.calls - before

  it('leaves the vGPU running on exactly one host after the next command on each, and nothing on the other', () => {
    const seed = Number(process.env.NVGPU_SEED ?? 20_26)
    const tally = { killed: 0, refused: 0, moved: 0, stayed: 0, interrupted: 0 }
    fc.assert(
      fc.property(
        fc.record({
          precopy: fc.boolean(),
          killAfter: fc.option(fc.integer({ min: 0, max: operations }), { nil: undefined, freq: 3 }),
          faults: fc.array(fault, { maxLength: 2 }),
          killSettling: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined, freq: 2 }),
          order: fc.constantFrom<readonly Dir[]>(DIRS, [...DIRS].reverse()),
        }),
        ({ precopy, killAfter, faults, killSettling, order }) => {
          const hosts = provisioned.copy()
          for (const { dir, ...rest } of faults) hosts.arm(dir, rest)
          if (killAfter !== undefined) hosts.files.dieAfter(killAfter)
          try {
            hosts.migrate('/a', '/b', { copy: { precopy } })
          } catch {
            if (hosts.files.dead) tally.killed += 1
            else tally.refused += 1
          }
          hosts.files.revive()
          if (killSettling !== undefined) {
            hosts.files.dieAfter(killSettling)
            try {
              hosts.nextCommand(order[0] ?? '/a')
            } catch {
              tally.interrupted += 1
            }
            hosts.files.revive()
          }
          for (const dir of order) hosts.nextCommand(dir)

          const states = DIRS.map((dir) => hosts.state(dir))
          const running = states.filter((state) => runners(state, UUID).length === 1)
          expect(running).toHaveLength(1)
          const [a, b] = states
          const [home] = running
          if (!a || !b || !home) throw new Error('two hosts and a home')
          tally[home === a ? 'stayed' : 'moved'] += 1
          expect(states.map(violations)).toEqual([[], []])
          expect(traces(home === a ? b : a, UUID)).toEqual([])
          expect(states.map((state) => state.migrations)).toEqual([[], []])
          expect(runners(a, OTHER)).toHaveLength(1)
          // toEqual takes longer for these bytes than all of the migration
          expect(pattern.equals(guestMemory(home, UUID, OFFSET, pattern.length))).toBe(true)
        },
      ),
      { numRuns: RUNS, seed },
    )
    console.log(`seed ${seed}, ${RUNS} runs over ${operations} file operations: ${JSON.stringify(tally)}`)
    expect(tally.killed).toBeGreaterThan(0)
    expect(tally.refused).toBeGreaterThan(0)
    expect(tally.moved).toBeGreaterThan(0)
    expect(tally.stayed).toBeGreaterThan(0)
  }, 300_000)

  it('and so does one during which another process changes either host', () => {
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
