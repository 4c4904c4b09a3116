import { type ErrnoName, isErrnoName } from '../errors/errno.ts'
import { NvError } from '../errors/nv-error.ts'
import type { Fault } from './state.ts'

/** Armed faults. Code that can fail checks its fault point and gets the effect. */
export class Faults {
  readonly #list: Fault[]

  constructor(list: Fault[]) {
    this.#list = list
  }

  /** Counts a visit to a point. Evaluates a lazy name only for armed faults. @returns the effect of a due fault */
  at(name: string | (() => string)): string | null {
    if (this.#list.length === 0) return null
    const point = typeof name === 'string' ? name : name()
    for (const fault of this.#list) {
      if (fault.point !== point || (fault.times > 0 && fault.struck >= fault.times)) continue
      fault.hits += 1
      if (fault.hits <= fault.after) continue
      fault.struck += 1
      return fault.effect
    }
    return null
  }

  /** Counts a visit to a point that fails with an errno. @throws NvError with the armed errno */
  check(point: string, kernelFunction: string): void {
    if (this.#list.length === 0) return
    const effect = this.at(point)
    if (effect === null) return
    const errno: ErrnoName = isErrnoName(effect) ? effect : 'EIO'
    throw new NvError({
      errno,
      code: 'io-error',
      at: kernelFunction,
      message: `injected fault at ${point}`,
      hint: 'nvgpu fault list',
    })
  }
}
