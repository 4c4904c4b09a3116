import { NvError } from '../errors/nv-error.ts'
import { Leaving } from '../store/leaving.ts'
import { Patience } from '../store/patience.ts'
import type { Context } from './context.ts'

/** Ends an attempt because the host has changed since its preparation. */
export class Overtaken extends Leaving {}

/**
 * Repeats an attempt until no other change overtakes it. Each attempt reads and prepares again.
 * @throws NvError contention
 */
export async function untilFirst<R>({ io, settings }: Pick<Context, 'io' | 'settings'>, attempt: () => Promise<R>) {
  const patience = new Patience(settings.stateDir)
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isOvertaken(error)) throw error
      await io.sleep(patience.lost())
    }
  }
}

/** A state whose files have been removed is overtaken, too. */
function isOvertaken(error: unknown): boolean {
  return error instanceof Overtaken || (error instanceof NvError && error.errno === 'ESTALE')
}
