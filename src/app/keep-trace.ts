import { copyState } from '../engine/copy-state.ts'
import { keepsRecords, restoreAllButRecords } from '../engine/refused.ts'
import type { HostState } from '../engine/state.ts'
import { NvError } from '../errors/nv-error.ts'

/** With tracing on or a fault armed, a refusal commits its records and nothing else. */
export function keepTrace<R>(state: HostState, verb: () => R): R {
  if (!keepsRecords(state)) return verb()
  const before = copyState(state)
  try {
    return verb()
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    restoreAllButRecords(state, before)
    throw Object.assign(error, { commitAnyway: true })
  }
}
