/** The reflected CRC-32 polynomial of IEEE 802.3, the one of Linux's crc32_le. */
const POLYNOMIAL = 0xedb88320

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let remainder = index
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1
  return remainder
})

/**
 * CRC-32 of `bytes`, 0 to 2^32 - 1. The defaults are zlib's. The vGPU metadata file starts from the same value but is not
 * inverted at the end: `xorOut` 0. `init` is the value of the register before the first byte, so a sum can be carried on
 * from a part that was taken with `xorOut` 0.
 */
export function crc32(bytes: Uint8Array, { init = 0xffff_ffff, xorOut = 0xffff_ffff } = {}): number {
  let remainder = init
  for (const byte of bytes) remainder = (remainder >>> 8) ^ (TABLE[(remainder ^ byte) & 0xff] ?? 0)
  return (remainder ^ xorOut) >>> 0
}
