import fc from 'fast-check'
import { type Tally, walks } from '../mig/walk.ts'
import type { Amount, Result } from './part.ts'

/** So many walks come by every kind of step. */
const ENOUGH = 100

/** Steps that have to succeed now and then, or the walks show nothing of them. */
const KINDS =
  'enable disable vfs noVfs three placed compute free vgpu start stop suspend resume destroy reset reboot save restore migrate undo'

/** Walks over two hosts with GPU instances; a walk that fails is shrunk to its shortest. */
export async function migWalks({ seed, rounds = 1_000_000, milliseconds }: Amount): Promise<Result> {
  const tally: Tally = {}
  const details = await fc.check(walks(tally), {
    seed,
    numRuns: rounds,
    ...(milliseconds === undefined ? {} : { interruptAfterTimeLimit: milliseconds }),
  })
  const failures = details.failed ? [fc.defaultReportMessage(details) ?? 'it fails'] : []
  const never = KINDS.split(' ').filter((kind) => tally[kind] === undefined)
  if (details.numRuns >= ENOUGH && never.length > 0) failures.push(`none succeeded of ${never.join(', ')}`)
  return { counts: `${details.numRuns} walks: ${JSON.stringify(tally)}`, failures }
}
