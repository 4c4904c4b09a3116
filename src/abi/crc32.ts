/** The reflected CRC-32 polynomial of IEEE 802.3, the one of Linux's crc32_le. */
const POLYNOMIAL = 0xedb88320

let table: Uint32Array | undefined

function makeTable(): Uint32Array {
  const made = new Uint32Array(256)
  for (let index = 0; index < 256; index++) {
    let remainder = index
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1
    made[index] = remainder
  }
  return made
}

/**
 * CRC-32 of `bytes`, 0 to 2^32 - 1. The defaults are zlib's. The vGPU metadata file starts from the same value but is not
 * inverted at the end: `xorOut` 0. `init` is the value of the register before the first byte, so a sum can be carried on
 * from a part that was taken with `xorOut` 0.
 */
export function crc32(bytes: Uint8Array, { init = 0xffff_ffff, xorOut = 0xffff_ffff } = {}): number {
  table ??= makeTable()
  // All that lives through the loop is a signed number: a larger one is no small integer to V8, which then leaves its fast
  // code at every call.
  let remainder = init | 0
  const flip = xorOut | 0
  for (let index = 0; index < bytes.length; index++) {
    remainder = (remainder >>> 8) ^ (table[(remainder ^ (bytes[index] as number)) & 0xff] as number)
  }
  return (remainder ^ flip) >>> 0
}
