import { Machine, makeRings, type Rings } from '../machine.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/** Rings that no machine uses. A machine that runs inside another needs rings of its own. */
const spare: Rings[] = []

/** Runs one act on a GPU and flushes its memory into the state, even when the act fails: its undo steps write there too. */
export function onMachine<T>(host: HostState, gpu: number, act: (machine: Machine) => T): T {
  const rings = spare.pop() ?? makeRings()
  const machine = new Machine(host, stateAt(host, gpu), {}, rings)
  try {
    return act(machine)
  } finally {
    machine.flush()
    machine.framebuffer.release()
    spare.push(rings)
  }
}
