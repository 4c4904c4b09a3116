import { expect, it, type TestContext } from 'vitest'
import { commandStorm } from './cli-storm.ts'
import { badCommands, badInput } from './fuzz-parts.ts'
import type { Part } from './part.ts'
import { chosenSeed } from './random.ts'
import { killStorm } from './storm.ts'
import { crashPoints, ioErrors } from './syscalls.ts'

/** A little of each attack; `npm run reliability` makes much more of it, and repeats a seed. */
async function attack(context: TestContext, name: string, run: Part['run'], rounds: number): Promise<void> {
  const seed = chosenSeed()
  const { counts, failures, skipped } = await run({ seed, rounds })
  if (skipped !== undefined) context.skip(skipped)
  console.log(`${name}: NVGPU_SEED=${seed}: ${counts}`)
  expect(failures).toEqual([])
}

it('a command that is killed at a system call leaves its change whole or not at all', (context) =>
  attack(context, 'crash', crashPoints, 8))

it('a system call that fails ends in success or in a refusal that changed nothing', (context) =>
  attack(context, 'errors', ioErrors, 8))

it('eight writers that are killed lose nothing, double nothing, and have one order', (context) =>
  attack(context, 'storm', killStorm, 250))

it('command lines that are killed and repeated under an operation id are done once', (context) =>
  attack(context, 'commands', commandStorm, 8))

it(
  'bad input ends in success or in a documented error, changes nothing and shows no insides',
  { timeout: 180_000 },
  (context) => attack(context, 'input', badInput, 800),
)

it('so it does as a process of its own', (context) => attack(context, 'process', badCommands, 12))
