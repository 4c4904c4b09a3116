import type { HostState } from '../../engine/state.ts'
import { Rollback } from '../../store/rollback.ts'
import type { Context } from '../context.ts'

/** Ends a transaction before its verb, because a migration has to be settled first. */
class Unsettled extends Rollback {}

/**
 * Runs a transaction whose verb first calls `begin` with the state. If a migration is unsettled, the transaction ends,
 * the migration is settled, and the transaction runs on the result.
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
