import { mutants, pastFailures, simulatedDisk, turnedBits } from './disk-parts.ts'
import type { Part } from './part.ts'
import { crashPoints, ioErrors } from './syscalls.ts'

/** Every kind of attack, in the order of an ordinary run. */
export const PARTS: readonly Part[] = [
  { name: 'past', unit: 'failures of the table', rounds: 100, run: pastFailures },
  { name: 'mutants', unit: 'rounds for each mutant', rounds: 20_000, run: mutants },
  { name: 'bits', unit: 'bits that turn', rounds: 4_000, run: turnedBits },
  { name: 'disk', unit: 'rounds on the simulated disk', rounds: 100_000, run: simulatedDisk },
  { name: 'crash', unit: 'system calls to be killed at', rounds: 250, run: crashPoints },
  { name: 'errors', unit: 'system calls to fail', rounds: 250, run: ioErrors },
]
