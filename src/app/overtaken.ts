import { NvError } from '../errors/nv-error.ts'
import { RetryPolicy } from '../store/retry.ts'
import { Rollback } from '../store/rollback.ts'
import type { Context } from './context.ts'

/** Ends an attempt because the host has changed since its preparation. */
export class Overtaken extends Rollback {}

/**
 * Repeats an attempt until no other change overtakes it. Each attempt reads and prepares again.
 * @throws NvError contention
 */
export async function untilFirst<R>({ io, settings }: Pick<Context, 'io' | 'settings'>, attempt: () => Promise<R>) {
  const retry = new RetryPolicy(settings.stateDir)
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isOvertaken(error)) throw error
      await io.sleep(retry.nextPause())
    }
  }
}

/** A state whose files have been removed is overtaken, too. */
function isOvertaken(error: unknown): boolean {
  return error instanceof Overtaken || (error instanceof NvError && error.errno === 'ESTALE')
}
