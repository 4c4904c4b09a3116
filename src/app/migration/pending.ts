import type { Migration } from '../../engine/state.ts'
import { oneLine } from '../../errors/printable.ts'
import { shellWords } from '../../errors/shell-words.ts'
import type { Context } from '../context.ts'
import { describe, settlePending } from './settle.ts'
import { Side } from './side.ts'

/** The migration side of a state directory, for a command line. */
export function sideOf(context: Context): (dir: string) => Side {
  const { io, argv } = context
  const operation = () => ({ id: io.uuid(), time: io.now().toISOString(), command: shellWords(argv) })
  return (dir) => new Side(dir, operation)
}

/** Tells readers of an unsettled migration, which stays so because a reader writes nothing. */
export function remind({ io }: Context, unsettled: readonly Migration[]): void {
  for (const { phase, uuid, peer } of unsettled) {
    const what = phase === 'leaving' ? `is migrating to ${peer} and is stopped` : `is ${phase} from ${peer}`
    io.stderr.write(`nvgpu: warning: vGPU ${oneLine(`${uuid} ${what}`)}; the next changing command settles it\n`)
  }
}

/** Settles the unsettled migrations of the host; failures are reported on standard error. */
export function settleFor(context: Context, dir: string = context.settings.stateDir): void {
  const peerOf = sideOf(context)
  for (const unsettled of settlePending(peerOf(dir), peerOf)) {
    context.io.stderr.write(`nvgpu: warning: ${oneLine(describe(unsettled))}\n`)
  }
}
