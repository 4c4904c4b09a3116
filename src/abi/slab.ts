import { alignUp } from './align.ts'

/** A shared buffer of zeros for encoded structures. */
export let slab = new DataView(new ArrayBuffer(0))

let reserved = 0

const SLAB_BYTES = 0x8000

/** Reserves unused bytes of the slab. @returns their offset, a multiple of eight */
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
