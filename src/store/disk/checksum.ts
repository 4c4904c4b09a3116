import { crc32 } from '../../abi/crc32.ts'

/** Bytes that are summed in JavaScript, which takes no longer than to load node:zlib: 2 ms. */
let budget = 16 * 1024
let native: ((bytes: Uint8Array) => number) | undefined

/** CRC-32 of `bytes`, by zlib where Node has it (20.15, 22.2). */
export function checksum(bytes: Uint8Array): number {
  if (native === undefined && bytes.length <= budget) {
    budget -= bytes.length
    return crc32(bytes)
  }
  native ??= nativeSum()
  return native(bytes)
}

function nativeSum(): (bytes: Uint8Array) => number {
  const zlib = process.getBuiltinModule?.('node:zlib')
  return typeof zlib?.crc32 === 'function' ? zlib.crc32 : crc32
}
