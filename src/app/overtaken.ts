import { NvError } from '../errors/nv-error.ts'
import { Leaving } from '../store/leaving.ts'
import { Patience } from '../store/patience.ts'
import type { Context } from './context.ts'

/** Ends an attempt because the host is no longer the one it was prepared for. */
export class Overtaken extends Leaving {}

/**
 * Makes an attempt until nobody overtakes it. What is read once and prepared outside of a transaction is prepared anew.
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

/** A state that was read so long ago that its files are gone has been overtaken, too. */
function isOvertaken(error: unknown): boolean {
  return error instanceof Overtaken || (error instanceof NvError && error.errno === 'ESTALE')
}
