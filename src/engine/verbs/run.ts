import { Machine, makeRings, type Rings } from '../machine.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/** Unused rings, half a megabyte each. A machine that runs inside another needs rings of its own. */
const spare: Rings[] = []

/** An idle machine with its rings. */
interface Idle {
  readonly machine: Machine
  readonly rings: Rings
}

/** The last machine of each host, for the next verb on the same GPU. */
const idle = new WeakMap<HostState, Idle>()

/** Runs one act on a GPU and flushes its memory into the state, even when the act fails: its undo steps write there too. */
export function onMachine<T>(host: HostState, gpu: number, act: (machine: Machine) => T): T {
  const taken = takeIdle(host, gpu) ?? wired(host, gpu)
  const { machine } = taken
  let done = false
  try {
    const result = act(machine)
    done = true
    return result
  } finally {
    machine.flush()
    machine.framebuffer.release()
    // a failed act may leave an unread message
    if (done) keep(host, taken)
    else putAway(taken)
  }
}

function wired(host: HostState, gpu: number): Idle {
  const rings = spare.pop() ?? makeRings()
  return { machine: new Machine(host, stateAt(host, gpu), {}, rings), rings }
}

function takeIdle(host: HostState, gpu: number): Idle | undefined {
  const known = idle.get(host)
  if (known === undefined || !known.machine.stillFits(host, stateAt(host, gpu))) return undefined
  idle.delete(host)
  return known
}

function keep(host: HostState, taken: Idle): void {
  const before = idle.get(host)
  if (before !== undefined) putAway(before)
  idle.set(host, taken)
}

function putAway({ machine, rings }: Idle): void {
  machine.wipeRings()
  spare.push(rings)
}
