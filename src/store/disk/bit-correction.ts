import { crc32 } from '../../abi/crc32.ts'
import { crcFits, HEAD, parse } from '../log/record.ts'

/** A byte to put back. */
export interface BitCorrection {
  /** from the start of the file */
  readonly offset: number
  /** the byte before one of its bits flipped */
  readonly value: number
}

/**
 * Finds the one flipped bit that made a log record the unreadable line from `start` to `end` of a log: in the sum, in the
 * JSON, in a newline beside it, or by making a newline in its middle. Undefined if no single bit explains the line.
 */
export function correctLine(bytes: Buffer, start: number, end: number): BitCorrection | undefined {
  const inside = oneBit(bytes, start, end, 0x20)
  if (inside && wouldRead(bytes, start, end, inside)) return inside
  if (nearNewline(bytes[end - 1]) && reads(bytes, start, end - 1)) return { offset: end - 1, value: 10 }
  if (nearNewline(bytes[start]) && reads(bytes, start + 1, end)) return { offset: start, value: 10 }
  const next = bytes.indexOf(10, end + 1)
  const joined = next < 0 ? undefined : oneBit(bytes, start, next, 0x20)
  return joined?.offset === end && wouldRead(bytes, start, next, joined) ? joined : undefined
}

/** The same for a whole snapshot or shard file: the bit that makes its content fit its sum again. */
export function correctFile(bytes: Buffer): BitCorrection | undefined {
  return oneBit(bytes, 0, bytes.length, 10)
}

/** `bytes` with the correction in place, as a copy. */
export function corrected(bytes: Buffer, correction: BitCorrection): Buffer {
  const copy = Buffer.from(bytes)
  copy[correction.offset] = correction.value
  return copy
}

/** A CRC tells single-bit errors apart, so one pass finds the bit. On other damage a chance hit has odds of 8 n / 2^32. */
function oneBit(bytes: Buffer, start: number, end: number, separator: number): BitCorrection | undefined {
  if (end - start < HEAD + 2) return undefined
  const body = bytes.subarray(start + HEAD, end)
  const sum = crc32(body)
  const head = Buffer.from(`${sum.toString(16).padStart(8, '0')}${String.fromCharCode(separator)}`, 'latin1')
  const wrong = [...head.keys()].filter((index) => head[index] !== bytes[start + index])
  const [only] = wrong
  if (only === undefined) return undefined
  const value = head[only] ?? 0
  if (wrong.length === 1 && isOneBit(value ^ (bytes[start + only] ?? 0))) return { offset: start + only, value }
  const written = bytes.toString('latin1', start, start + HEAD - 1)
  if (!/^[0-9a-f]{8}$/.test(written) || bytes[start + HEAD - 1] !== separator) return undefined
  const found = bitOfSyndrome((sum ^ Number.parseInt(written, 16)) >>> 0, body.length)
  if (found === undefined) return undefined
  const offset = start + HEAD + found.index
  return { offset, value: (bytes[offset] ?? 0) ^ found.mask }
}

/** The sum is linear: the difference of two sums is that of a lone bit followed by zeros, which is followed backwards here. */
function bitOfSyndrome(syndrome: number, length: number): { index: number; mask: number } | undefined {
  const remainders = Array.from({ length: 8 }, (_, bit) => raw(1 << bit))
  const step = Array.from({ length: 256 }, (_, low) => raw(low))
  for (let index = length - 1; index >= 0; index--) {
    const bit = remainders.indexOf(syndrome)
    if (bit >= 0) return { index, mask: 1 << bit }
    for (const [at, value] of remainders.entries()) remainders[at] = ((value >>> 8) ^ (step[value & 0xff] ?? 0)) >>> 0
  }
  return undefined
}

function raw(byte: number): number {
  return crc32(Uint8Array.of(byte), { init: 0, xorOut: 0 })
}

function isOneBit(value: number): boolean {
  return value !== 0 && (value & (value - 1)) === 0
}

function nearNewline(byte: number | undefined): boolean {
  return byte !== undefined && isOneBit(byte ^ 10)
}

function reads(bytes: Buffer, start: number, end: number): boolean {
  return end > start && parse(bytes, start, end) !== undefined && crcFits(bytes, start, end)
}

function wouldRead(bytes: Buffer, start: number, end: number, correction: BitCorrection): boolean {
  const piece = corrected(bytes.subarray(start, end), { offset: correction.offset - start, value: correction.value })
  return reads(piece, 0, piece.length)
}
