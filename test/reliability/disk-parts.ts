import { diskProgram, runRounds, runSpread } from './disk-run.ts'
import { MUTANTS, type Mutant } from './mutants.ts'
import type { Amount, Result } from './part.ts'
import { PAST_FAILURES } from './past-failures.ts'
import { inPairs } from './trials.ts'

/** Rounds within which a mutant has to be found: a hundred times what the slowest takes in the mean. */
const ENOUGH = 20_000
/** Rounds that a mutant which does no harm has to survive. */
const HARMLESS = { disk: 1_500, rot: 1_500, output: 200 } as const

/** Lives of a state directory on the simulated disk. */
export async function simulatedDisk({ seed, rounds = 100_000, milliseconds }: Amount): Promise<Result> {
  const program = await diskProgram()
  const report = await runSpread(program, { seed, rounds, ...(milliseconds === undefined ? {} : { milliseconds }) })
  const { cuts, kills, interleaved, failure } = report
  const counts = `${report.rounds} rounds, ${cuts} power cuts, ${kills} kills, ${interleaved} changes inside changes`
  if (!failure) return { counts, failures: [] }
  const again = `npm run reliability -- disk --seed ${failure.seed} --rounds 1`
  return { counts, failures: [`seed ${failure.seed} (${again}): ${failure.message}`] }
}

/** Turned bits, anywhere in the state directory. */
export async function turnedBits({ seed, rounds = 4_000, milliseconds }: Amount): Promise<Result> {
  const program = await diskProgram([], 'rot')
  const report = await runSpread(program, { seed, rounds, ...(milliseconds === undefined ? {} : { milliseconds }) })
  const { failure } = report
  const again = `npm run reliability -- bits --seed ${failure?.seed} --rounds 1`
  return { counts: `${report.rounds} bits`, failures: failure ? [`${again}: ${failure.message}`] : [] }
}

/** Commands that write files for a user, cut in the middle or right after their answer. */
export async function cutOutputs({ seed, rounds = 1_000, milliseconds }: Amount): Promise<Result> {
  const program = await diskProgram([], 'output')
  const report = await runSpread(program, { seed, rounds, ...(milliseconds === undefined ? {} : { milliseconds }) })
  const { failure } = report
  const again = `npm run reliability -- outputs --seed ${failure?.seed} --rounds 1`
  return { counts: `${report.rounds} commands`, failures: failure ? [`${again}: ${failure.message}`] : [] }
}

/** Every fault of the list put into the store: the rounds above have to find it, or to let it pass if it does no harm. */
export async function mutants({ seed, rounds = ENOUGH }: Amount, list: readonly Mutant[] = MUTANTS): Promise<Result> {
  const failures: string[] = []
  const lines: string[] = []
  await inPairs(list, async (mutant) => {
    const program = await diskProgram(mutant.substitutions, mutant.foundBy)
    const report = await runRounds(program, {
      seed,
      rounds: mutant.harmless ? Math.min(rounds, HARMLESS[mutant.foundBy]) : rounds,
    })
    const found = report.failure !== undefined
    lines.push(`  ${mutant.name}: ${found ? `found in round ${report.rounds}` : `survives ${report.rounds} rounds`}`)
    if (!found && !mutant.harmless) failures.push(`${mutant.name} survives ${report.rounds} rounds: a test is missing`)
    if (found && mutant.harmless)
      failures.push(`${mutant.name} is on the list of harmless ones: ${report.failure?.message}`)
  })
  const harmless = list.filter((mutant) => mutant.harmless).length
  return { counts: `${list.length} mutants, ${harmless} of them harmless\n${lines.sort().join('\n')}`, failures }
}

/** Faults there have been: their seeds pass now, and fail again when the fault is put back. */
export async function pastFailures({ rounds = Number.POSITIVE_INFINITY }: Amount): Promise<Result> {
  const failures: string[] = []
  const list = PAST_FAILURES.slice(0, rounds)
  const sound = {
    disk: await diskProgram([], 'disk'),
    rot: await diskProgram([], 'rot'),
    output: await diskProgram([], 'output'),
  }
  await inPairs(list, async ({ title, seed, within, mutant: name }) => {
    const mutant = MUTANTS.find((each) => each.name === name)
    if (!mutant) throw new Error(`there is no mutant ${name}`)
    const now = await runRounds(sound[mutant.foundBy], { seed, rounds: within })
    if (now.failure) failures.push(`${title} is back: seed ${now.failure.seed}: ${now.failure.message}`)
    const then = await runRounds(await diskProgram(mutant.substitutions, mutant.foundBy), { seed, rounds: within })
    if (!then.failure) failures.push(`${title}: seed ${seed} does not show it any more`)
  })
  return { counts: `${list.length} past failures`, failures }
}
