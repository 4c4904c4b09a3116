import { Machine, makeRings, type Rings } from '../machine.ts'
import { stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'

/** Rings of ended machines. A machine that runs inside another needs rings of its own. */
const spare: Rings[] = []

/** Runs one act on a GPU and flushes its memory into the state, even when the act fails: its undo steps write there too. */
export function onMachine<T>(host: HostState, gpu: number, act: (machine: Machine) => T): T {
  const state = stateAt(host, gpu)
  const rings = (hasUnread(state) ? undefined : spare.pop()) ?? makeRings()
  const machine = new Machine(host, state, {}, rings)
  try {
    return act(machine)
  } finally {
    machine.flush()
    machine.framebuffer.release()
    spare.push(rings)
  }
}

/** Whether messages were never read. They are not part of the state: in new rings they read as zeros. */
function hasUnread({ gsp, nvkm }: GpuState): boolean {
  return gsp.queue.readPtr !== nvkm.queue.writePtr || nvkm.queue.readPtr !== gsp.queue.writePtr
}
