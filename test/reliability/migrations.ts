import fc from 'fast-check'
import {
  DIRS,
  type Dir,
  guestMemory,
  OTHER,
  runners,
  TwoHosts,
  traces,
  UUID,
  violations,
} from '../migration/two-hosts.ts'
import type { Amount, Result } from './part.ts'

/** Where in the guest's memory what goes. */
const OFFSET = 0x123000
const PATTERN = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7) % 251))
/** So many runs come by everything that can become of a migration. */
const ENOUGH = 100

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

/**
 * Kills migrations at their file operations or lets their steps fail, and kills what then settles them: after the next
 * command on each host the vGPU runs on exactly one of them, and nothing of it is on the other.
 */
export async function killedMigrations(amount: Amount): Promise<Result> {
  const { seed, rounds = Number.POSITIVE_INFINITY, milliseconds } = amount
  const provisioned = TwoHosts.provisioned()
  provisioned.writeGuest('/a', UUID, OFFSET, PATTERN)
  const counted = provisioned.copy()
  const before = counted.files.calls
  counted.migrate('/a', '/b', { copy: { precopy: true } })
  const operations = counted.files.calls - before
  const tally = { killed: 0, refused: 0, moved: 0, stayed: 0, interrupted: 0 }
  const run = fc.record({
    precopy: fc.boolean(),
    killAfter: fc.option(fc.integer({ min: 0, max: operations }), { nil: undefined, freq: 3 }),
    faults: fc.array(fault, { maxLength: 2 }),
    killSettling: fc.option(fc.integer({ min: 0, max: 40 }), { nil: undefined, freq: 2 }),
    order: fc.constantFrom<readonly Dir[]>(DIRS, [...DIRS].reverse()),
  })
  const property = fc.property(run, ({ precopy, killAfter, faults, killSettling, order }) => {
    const hosts = provisioned.copy()
    for (const { dir, ...rest } of faults) hosts.arm(dir, rest)
    if (killAfter !== undefined) hosts.files.dieAfter(killAfter)
    try {
      hosts.migrate('/a', '/b', { copy: { precopy } })
    } catch {
      tally[hosts.files.dead ? 'killed' : 'refused']++
    }
    hosts.files.revive()
    if (killSettling !== undefined) {
      hosts.files.dieAfter(killSettling)
      try {
        hosts.nextCommand(order[0] ?? '/a')
      } catch {
        tally.interrupted++
      }
      hosts.files.revive()
    }
    for (const dir of order) hosts.nextCommand(dir)
    tally[homeOf(hosts) === '/a' ? 'stayed' : 'moved']++
  })
  const details = fc.check(property, {
    seed,
    numRuns: Math.min(rounds, 1_000_000),
    ...(milliseconds === undefined ? {} : { interruptAfterTimeLimit: milliseconds }),
  })
  const failures = details.failed ? [fc.defaultReportMessage(details) ?? 'it fails'] : []
  for (const [what, times] of Object.entries(tally))
    if (details.numRuns >= ENOUGH && times === 0) failures.push(`none was ${what}`)
  return { counts: `${details.numRuns} runs over ${operations} file operations: ${JSON.stringify(tally)}`, failures }
}

/** The one host on which the vGPU runs. Throws what is not as it should be on either. */
function homeOf(hosts: TwoHosts): Dir {
  const states = DIRS.map((dir) => ({ dir, state: hosts.state(dir) }))
  const homes = states.filter(({ state }) => runners(state, UUID).length === 1)
  const [home] = homes
  if (home === undefined || homes.length !== 1) throw new Error(`it runs on ${homes.length} hosts`)
  for (const { dir, state } of states) {
    const wrong = violations(state)
    if (dir !== home.dir) wrong.push(...traces(state, UUID))
    if (state.migrations.length > 0) wrong.push(`${state.migrations.length} migrations are not settled`)
    if (dir === '/a' && runners(state, OTHER).length !== 1) wrong.push('the neighbour does not run')
    if (wrong.length > 0) throw new Error(`on ${dir}: ${wrong.join('; ')}`)
  }
  if (!PATTERN.equals(guestMemory(home.state, UUID, OFFSET, PATTERN.length))) throw new Error('its memory is another')
  return home.dir
}
