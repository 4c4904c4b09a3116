import type { HostState } from '../../engine/state.ts'
import { Leaving } from '../../store/leaving.ts'
import type { Context } from '../context.ts'

/** Leaves a transaction before it began: a migration has to be settled first. Where there is none this costs nothing. */
class Unsettled extends Leaving {}

/**
 * Runs a transaction whose verb calls `begin` with the state first. Where a migration is unsettled the transaction is left,
 * the migration settled, and the transaction run on what that left.
 */
export async function onSettled<R>(
  context: Context,
  transact: (begin: (state: HostState) => void) => R | Promise<R>,
): Promise<R> {
  try {
    return await transact((state) => {
      if (state.migrations.length > 0) throw new Unsettled()
    })
  } catch (error) {
    if (!(error instanceof Unsettled)) throw error
    const { settleFor } = await import('./pending.ts')
    settleFor(context)
    return transact(() => {})
  }
}
