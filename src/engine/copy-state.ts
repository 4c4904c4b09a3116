import type { GpuState, HostState } from './state.ts'

/** A state of one's own, of a host or one of its GPUs: through JSON, which it is, so that what a store has not read of it yet is read on the way. */
export function copyState<S extends HostState | GpuState>(state: S): S {
  return JSON.parse(JSON.stringify(state))
}
