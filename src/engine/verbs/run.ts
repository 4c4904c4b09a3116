import { Machine } from '../machine.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/** Runs one act on a GPU and brings its memory into the state, also when the act fails: unwinding wrote there too. */
export function onMachine<T>(host: HostState, gpu: number, act: (machine: Machine) => T): T {
  const machine = new Machine(host, stateAt(host, gpu))
  try {
    return act(machine)
  } finally {
    machine.flush()
  }
}
