import { copyState } from '../engine/copy-state.ts'
import type { HostState } from '../engine/state.ts'
import { NvError } from '../errors/nv-error.ts'

/** What of the engine this needs; it is loaded when a command needs it. */
interface Records {
  keepsRecords(state: HostState): boolean
  restoreAllButRecords(state: HostState, before: HostState): void
}

/** With tracing on or a fault armed, a refusal commits its records and nothing else. */
export function recorded<R>(engine: Records, state: HostState, verb: () => R): R {
  if (!engine.keepsRecords(state)) return verb()
  const before = copyState(state)
  try {
    return verb()
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    engine.restoreAllButRecords(state, before)
    throw Object.assign(error, { commitAnyway: true })
  }
}
