import { BYTE, type Layout, LONG, TRUTH, WORD } from './layout.ts'
import { shown } from './layout-error.ts'

export const u8: Layout<number> = {
  size: 1,
  align: 1,
  kind: BYTE,
  read: (view, offset) => view.getUint8(offset),
  write: (view, offset, value) => view.setUint8(offset, unsigned(value, 0xff)),
  zero: () => 0,
}

export const u16: Layout<number> = {
  size: 2,
  align: 2,
  read: (view, offset) => view.getUint16(offset, true),
  write: (view, offset, value) => view.setUint16(offset, unsigned(value, 0xffff), true),
  zero: () => 0,
}

export const u32: Layout<number> = {
  size: 4,
  align: 4,
  kind: WORD,
  read: (view, offset) => view.getUint32(offset, true),
  write: (view, offset, value) => view.setUint32(offset, unsigned(value, 0xffff_ffff), true),
  zero: () => 0,
}

const HIGH_WORD = 0x1_0000_0000

/** A 64-bit number as `number`. Every address and size of the model fits 2^53 - 1; a larger value is refused. */
export const u64: Layout<number> = {
  size: 8,
  align: 8,
  kind: LONG,
  read: (view, offset) => longOf(view.getUint32(offset, true), view.getUint32(offset + 4, true)),
  write(view, offset, value) {
    const checked = unsigned(value, Number.MAX_SAFE_INTEGER)
    view.setUint32(offset, checked % HIGH_WORD, true)
    view.setUint32(offset + 4, Math.floor(checked / HIGH_WORD), true)
  },
  zero: () => 0,
}

export function longOf(low: number, high: number): number {
  const value = high * HIGH_WORD + low
  if (value <= Number.MAX_SAFE_INTEGER) return value
  throw new RangeError(`0x${((BigInt(high) << 32n) | BigInt(low)).toString(16)} is above 2^53 - 1`)
}

/** A 64-bit number with all its bits: magics, names packed into a word, bit sets. */
export const bigU64: Layout<bigint> = {
  size: 8,
  align: 8,
  read: (view, offset) => view.getBigUint64(offset, true),
  write(view, offset, value) {
    if (typeof value !== 'bigint' || value < 0n || value > 0xffff_ffff_ffff_ffffn) {
      throw new RangeError(`${shown(value)} is not a bigint from 0 to 2^64 - 1`)
    }
    view.setBigUint64(offset, value, true)
  },
  zero: () => 0n,
}

/** NvBool: one byte. Any non-zero byte reads as true. */
export const bool8: Layout<boolean> = {
  size: 1,
  align: 1,
  kind: TRUTH,
  read: (view, offset) => view.getUint8(offset) !== 0,
  write: (view, offset, value) => view.setUint8(offset, truth(value)),
  zero: () => false,
}

/** vmiop_bool_t: an enumeration of four bytes, 0 and 1. */
export const bool32: Layout<boolean> = {
  size: 4,
  align: 4,
  read: (view, offset) => view.getUint32(offset, true) !== 0,
  write: (view, offset, value) => view.setUint32(offset, truth(value), true),
  zero: () => false,
}

export function unsigned(value: unknown, max: number): number {
  if (typeof value === 'number' && value >= 0 && value <= max && Number.isInteger(value)) return value
  throw notUnsigned(value, max)
}

export function notUnsigned(value: unknown, max: number): RangeError {
  return new RangeError(`${shown(value)} is not an integer from 0 to ${max}`)
}

export function isWord(value: unknown): value is number {
  return typeof value === 'number' && value >>> 0 === value
}

export function truth(value: unknown): 0 | 1 {
  if (typeof value === 'boolean') return value ? 1 : 0
  throw new RangeError(`${shown(value)} is not a boolean`)
}
