import { crc32 as zlibCrc32 } from 'node:zlib'
import { crc32 } from '../../abi/crc32.ts'

/** CRC-32 of `bytes`, by zlib where Node has it (20.15, 22.2). */
const checksum: (bytes: Uint8Array) => number = zlibCrc32 ?? crc32

/** The CRC of `bytes` as the files have it: eight hexadecimal digits. */
export function crcText(bytes: Uint8Array): string {
  return checksum(bytes).toString(16).padStart(8, '0')
}
