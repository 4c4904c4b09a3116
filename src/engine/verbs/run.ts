import { Machine, makeRings, type Rings } from '../machine.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'

/** Half a megabyte that is the same for every machine; one that runs inside another gets its own. */
const spare: Rings[] = []

/** A machine that is at rest, with its rings. */
interface Idle {
  readonly machine: Machine
  readonly rings: Rings
}

/** Of each host the machine that ran last: many verbs in a row are about one GPU, and to wire it takes as long as a verb. */
const idle = new WeakMap<HostState, Idle>()

/** Runs one act on a GPU and brings its memory into the state, also when the act fails: unwinding wrote there too. */
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
    // after a failure a message may be left unread
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
