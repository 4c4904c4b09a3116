import { ERRNO, type ErrnoName } from '../abi/errno.ts'
import { NvError } from '../abi/nv-error.ts'
import type { Fault } from './state.ts'

/** Armed faults: whoever can fail asks at its point, and is told how. */
export class Faults {
  readonly #list: Fault[]

  constructor(list: Fault[]) {
    this.#list = list
  }

  /** Counts a visit to `point`. @returns the effect when a fault strikes now */
  at(point: string): string | null {
    for (const fault of this.#list) {
      if (fault.point !== point || (fault.times > 0 && fault.struck >= fault.times)) continue
      fault.hits += 1
      if (fault.hits <= fault.after) continue
      fault.struck += 1
      return fault.effect
    }
    return null
  }

  /** A visit to a point that refuses with an errno. @throws NvError with the armed errno */
  check(point: string, kernelFunction: string): void {
    if (this.#list.length === 0) return
    const effect = this.at(point)
    if (effect === null) return
    const errno: ErrnoName = effect in ERRNO ? (effect as ErrnoName) : 'EIO'
    throw new NvError({
      errno,
      code: 'io-error',
      at: kernelFunction,
      message: `injected fault at ${point}`,
      hint: 'nvgpu fault list',
    })
  }
}
