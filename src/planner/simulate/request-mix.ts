import { drawsOf } from './prng.ts'

export interface Size<T> {
  readonly type: T
  /** published maximum of vGPUs of the type on one GPU */
  readonly most: number
}

/**
 * Random requests. A type is drawn in proportion to its published maximum, so that every size asks for about the same framebuffer
 * in all: 48 of 1 GiB for each one of 48 GiB.
 */
export function requestMix<T>(sizes: readonly Size<T>[], count: number, seed: number): T[] {
  const draw = drawsOf(seed)
  const total = sizes.reduce((sum, { most }) => sum + most, 0)
  const drawn = (): T => {
    let left = draw(total)
    for (const { type, most } of sizes) {
      if (left < most) return type
      left -= most
    }
    throw new RangeError('there is no size to draw')
  }
  return total === 0 ? [] : Array.from({ length: count }, drawn)
}
