import { Machine, makeRings, type Rings } from '../machine.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/** Half a megabyte that is the same for every machine; one that runs inside another gets its own. */
const spare: Rings[] = []

/** Runs one act on a GPU and brings its memory into the state, also when the act fails: unwinding wrote there too. */
export function onMachine<T>(host: HostState, gpu: number, act: (machine: Machine) => T): T {
  const rings = spare.pop() ?? makeRings()
  const machine = new Machine(host, stateAt(host, gpu), {}, rings)
  try {
    return act(machine)
  } finally {
    machine.flush()
    machine.wipeRings()
    machine.framebuffer.release()
    spare.push(rings)
  }
}
