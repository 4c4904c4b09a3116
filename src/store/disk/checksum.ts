import { crc32 } from '../../abi/crc32.ts'

/** Bytes that are summed in JavaScript before node:zlib is loaded. */
let budget = 16 * 1024
let native: ((bytes: Uint8Array) => number) | undefined

/** CRC-32 of `bytes`, by zlib where Node has it (20.15, 22.2). */
function checksum(bytes: Uint8Array): number {
  if (native === undefined && bytes.length <= budget) {
    budget -= bytes.length
    return crc32(bytes)
  }
  native ??= process.getBuiltinModule?.('node:zlib').crc32 ?? crc32
  return native(bytes)
}

/** The CRC of `bytes` as the files have it: eight hexadecimal digits. */
export function crcText(bytes: Uint8Array): string {
  return checksum(bytes).toString(16).padStart(8, '0')
}
