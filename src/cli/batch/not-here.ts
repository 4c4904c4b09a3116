import type { CommandLine } from '../spec.ts'

const WAITS = 'it waits or repeats itself, and a line is a step of one transaction'
const FILES = 'it reads or repairs the state files, which the batch is changing'

/** Commands that cannot be lines of a batch, by noun or by noun and verb, with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  '': 'it names no command',
  batch: 'batches do not nest',
  watch: WAITS,
  wait: WAITS,
  dmon: WAITS,
  pmon: WAITS,
  smi: WAITS,
  'events follow': WAITS,
  history: FILES,
  undo: FILES,
  rollback: FILES,
  'host history': FILES,
  'host fsck': FILES,
  migrate: 'it changes two hosts in turn',
}

/** Options that apply to the whole batch or leave it. */
const OPTIONS: Readonly<Record<string, string>> = {
  stateDir: '--state-dir is the batch’s: all its lines change one host',
  dryRun: '--dry-run is the batch’s: its lines build on each other',
  operationId: '--operation-id is the batch’s: it names the commits',
}

/** The reason why a command cannot be a line of a batch; null if it can. `given` are the options on the line. */
export function notHere({ noun, verb }: CommandLine, given: Readonly<Record<string, unknown>>): string | null {
  const reason = REFUSED[noun] ?? REFUSED[`${noun} ${verb.name}`]
  if (reason !== undefined) return noun === '' ? reason : `${`${noun} ${verb.name}`.trim()} cannot be a line: ${reason}`
  for (const option in OPTIONS) if (given[option] !== undefined) return OPTIONS[option] ?? null
  if (noun === 'export' && given.dir !== undefined) return '--dir writes files, and a line may run more than once'
  return null
}
