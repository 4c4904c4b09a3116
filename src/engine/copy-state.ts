import type { GpuState, HostState } from './state.ts'

/** Deep copy of the state of a host or a GPU, through JSON. It loads the parts that the store has not read yet. */
export function copyState<S extends HostState | GpuState>(state: S): S {
  return JSON.parse(JSON.stringify(state))
}
