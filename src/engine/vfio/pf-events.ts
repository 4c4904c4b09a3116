import { NvError } from '../../errors/nv-error.ts'
import type { Trace } from '../trace.ts'

/** Events of a PF's driver, from the 2025 series. Names with START and END only delimit the ranges. */
export const PF_EVENT = {
  DRIVER_EVENT_START: 0,
  SRIOV_CONFIGURE: 1,
  DRIVER_UNBIND: 2,
  DRIVER_EVENT_END: 3,
  CHANNEL_EVENT_START: 4,
  FIFO_NONSTALL: 5,
  CHANNEL_EVENT_END: 6,
} as const

const MAX = 7
const NAMES = new Map<number, string>(Object.entries(PF_EVENT).map(([name, value]) => [value, name]))

/** One bound VF in the chain. */
export interface PfEventListener {
  /** Prepares for the event. It must leave everything unchanged when it throws. */
  preparePfEvent(event: number, numVfs: number): void
  pfEvent(event: number, numVfs: number): void
}

/**
 * The chain of a PF's listeners, called in order of registration. The first error ends the call and is its result.
 * In the series each listener stops its VM and detaches before the next is called. Here all listeners prepare first, so
 * a VM that does not stop leaves all others unchanged.
 */
export class PfEventChain {
  readonly #order: number[]
  readonly #listener: (vf: number) => PfEventListener | undefined
  readonly #trace: Trace | null

  /**
   * @param order VF indices, stored in the state
   * @param listener the VF of an index
   */
  constructor(order: number[], listener: (vf: number) => PfEventListener | undefined, trace: Trace | null) {
    this.#order = order
    this.#listener = listener
    this.#trace = trace
  }

  register(vf: number): void {
    if (!this.#order.includes(vf)) this.#order.push(vf)
  }

  unregister(vf: number): void {
    const at = this.#order.indexOf(vf)
    if (at >= 0) this.#order.splice(at, 1)
  }

  /**
   * @param numVfs argument of SRIOV_CONFIGURE
   * @throws NvError EINVAL for 7 and above, or the error of the first listener that refuses
   */
  call(event: number, numVfs = 0): void {
    const name = NAMES.get(event)
    if (name === undefined) {
      throw new NvError({
        errno: 'EINVAL',
        code: 'invalid-argument',
        at: 'nvidia_vgpu_pf_event_notify',
        message: `PF event ${event} does not exist: the highest is ${MAX - 1}`,
      })
    }
    this.#trace?.add({
      kind: 'pf',
      direction: 'nvkm>vfio',
      name,
      payload: Uint8Array.of(numVfs & 0xff, numVfs >>> 8, 0, 0),
    })
    // copy: a listener leaves the chain during its call
    const vfs = [...this.#order]
    for (const vf of vfs) this.#listener(vf)?.preparePfEvent(event, numVfs)
    for (const vf of vfs) this.#listener(vf)?.pfEvent(event, numVfs)
  }
}
