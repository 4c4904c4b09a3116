import { commandStorm } from './cli-storm.ts'
import { turnedCacheBits } from './code-cache.ts'
import { manyDamages } from './damages.ts'
import { defragmentedHosts } from './defragments.ts'
import { cutOutputs, mutants, pastFailures, simulatedDisk, turnedBits } from './disk-parts.ts'
import { flippedBits } from './flipped-bits.ts'
import { badCommands, badInput } from './fuzz-parts.ts'
import { hostileFiles } from './hostile-files.ts'
import { interruptedApply } from './interrupts.ts'
import { killedServers } from './live-kills.ts'
import { randomKernelRequests } from './live-requests.ts'
import { liveStorm } from './live-storm.ts'
import { mendedBits } from './mended-bits.ts'
import { migFaults } from './mig-faults.ts'
import { migWalks } from './mig-walks.ts'
import { killedMigrations } from './migrations.ts'
import { callsOfTheLibrary } from './nvml-calls.ts'
import type { Part } from './part.ts'
import { checkedPlans } from './plans.ts'
import { powerCuts } from './power.ts'
import { outputPowerCuts } from './power-outputs.ts'
import { killStorm } from './storm.ts'
import { crashPoints, ioErrors } from './syscalls.ts'

/** Every kind of attack, in the order of an ordinary run, which is that of CI and takes some ten minutes on two cores. */
export const PARTS: readonly Part[] = [
  { name: 'past', unit: 'failures of the table', rounds: 100, run: pastFailures },
  { name: 'mutants', unit: 'rounds for each mutant', rounds: 20_000, run: mutants },
  { name: 'bits', unit: 'bits that turn', rounds: 4_000, run: turnedBits },
  { name: 'flips', unit: 'flipped bits, each read by every kind of command', rounds: 1_500, run: flippedBits },
  { name: 'damages', unit: 'hosts with two or three damages, each repaired once', rounds: 500, run: manyDamages },
  { name: 'mends', unit: 'bits that turn and are mended', rounds: 2_000, run: mendedBits },
  { name: 'disk', unit: 'rounds on the simulated disk', rounds: 40_000, run: simulatedDisk },
  { name: 'outputs', unit: 'commands that write a file, cut on the simulated disk', rounds: 1_000, run: cutOutputs },
  { name: 'crash', unit: 'system calls to be killed at', rounds: 250, run: crashPoints },
  { name: 'errors', unit: 'system calls to fail', rounds: 250, run: ioErrors },
  { name: 'interrupts', unit: 'system calls of an apply to be interrupted at', rounds: 60, run: interruptedApply },
  { name: 'storm', unit: 'changes by eight processes that are killed', rounds: 8_000, run: killStorm },
  { name: 'commands', unit: 'command lines that are killed and repeated', rounds: 240, run: commandStorm },
  { name: 'live', unit: 'operations of 64 writers on the live host, with kills', rounds: 5_000, run: liveStorm },
  { name: 'kills', unit: 'killed servers, while names are looked up and dropped', rounds: 40, run: killedServers },
  { name: 'migrations', unit: 'migrations that are killed or fail', rounds: 1_500, run: killedMigrations },
  { name: 'mig', unit: 'walks over two hosts with GPU instances', rounds: 80, run: migWalks },
  { name: 'mig-faults', unit: 'creates of GPU instances in which all fails once', rounds: 40, run: migFaults },
  { name: 'plans', unit: 'hosts whose best plan is checked', rounds: 12, run: checkedPlans },
  { name: 'defragment', unit: 'directories that are defragmented', rounds: 50, run: defragmentedHosts },
  { name: 'power', unit: 'power cuts of a real file system', rounds: 15, run: powerCuts },
  { name: 'power-outputs', unit: 'power cuts after a command has written a file', rounds: 18, run: outputPowerCuts },
  { name: 'cache', unit: 'bits of the code cache that turn', rounds: 300, run: turnedCacheBits },
  { name: 'input', unit: 'bad inputs in one process', rounds: 10_000, run: badInput },
  { name: 'requests', unit: 'random requests of the kernel', rounds: 100_000, run: randomKernelRequests },
  { name: 'files', unit: 'random operations on the files of a run', rounds: 100_000, run: hostileFiles },
  { name: 'nvml', unit: 'calls of the library, a tenth as many hostile', rounds: 1_000_000, run: callsOfTheLibrary },
  { name: 'process', unit: 'bad inputs as processes', rounds: 100, run: badCommands },
]
