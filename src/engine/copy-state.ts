import type { HostState } from './state.ts'

/** A state of one's own: through JSON, which it is, so that what a store has not read of it yet is read on the way. */
export function copyState(state: HostState): HostState {
  return JSON.parse(JSON.stringify(state))
}
