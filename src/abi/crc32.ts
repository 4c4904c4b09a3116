/** The reflected CRC-32 polynomial of IEEE 802.3, the one of Linux's crc32_le. */
const POLYNOMIAL = 0xedb88320

let table: Int32Array | undefined

/** The remainders of every byte, and of every byte followed by one, two and three zero bytes. */
function makeTable(): Int32Array {
  const made = new Int32Array(4 * 256)
  for (let index = 0; index < 256; index++) {
    let remainder = index
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1
    made[index] = remainder
  }
  for (let index = 256; index < made.length; index++) {
    const before = made[index - 256] as number
    made[index] = (before >>> 8) ^ (made[before & 0xff] as number)
  }
  return made
}

/**
 * CRC-32 of `bytes`, 0 to 2^32 - 1. The defaults are zlib's. The vGPU metadata file has the same start value but no
 * final inversion: `xorOut` 0. `init` is the register before the first byte: the checksum of a part, taken with
 * `xorOut` 0, continues with the next part.
 */
export function crc32(bytes: Uint8Array, { init = 0xffff_ffff, xorOut = 0xffff_ffff } = {}): number {
  table ??= makeTable()
  let remainder = init | 0
  let index = 0
  for (; index + 4 <= bytes.length; index += 4) {
    remainder ^= wordAt(bytes, index)
    remainder =
      (table[768 + (remainder & 0xff)] as number) ^
      (table[512 + ((remainder >>> 8) & 0xff)] as number) ^
      (table[256 + ((remainder >>> 16) & 0xff)] as number) ^
      (table[remainder >>> 24] as number)
  }
  for (; index < bytes.length; index++) {
    remainder = (remainder >>> 8) ^ (table[(remainder ^ (bytes[index] as number)) & 0xff] as number)
  }
  return (remainder ^ (xorOut | 0)) >>> 0
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  )
}
