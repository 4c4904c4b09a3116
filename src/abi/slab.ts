import { alignUp } from './align.ts'

/** Zeros that encoded structures are written to. A buffer for each of them would cost more than filling it in. */
export let slab = new DataView(new ArrayBuffer(0))

let reserved = 0

const SLAB_BYTES = 0x8000

/** Takes bytes of a slab that nobody has had before; answers where they begin, a multiple of eight. */
export function reserve(size: number): number {
  const at = alignUp(reserved, 8)
  if (at + size > slab.byteLength) {
    slab = new DataView(new ArrayBuffer(Math.max(size, SLAB_BYTES)))
    reserved = size
    return 0
  }
  reserved = at + size
  return at
}
