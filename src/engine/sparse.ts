import type { Sparse } from './state.ts'

/** Shorter sequences of zeros stay inside a run: a new run needs about as many characters. */
const GAP = 4

/** Bytes per conversion to text. */
const PIECE = 512
/** Codes of 0 to 9 and a to f. */
const DIGITS = [48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102]

/** Writes bytes as "offset:hex" runs, `base` being the offset of the first. All-zero bytes give the empty string. */
export function toSparse(bytes: Uint8Array, base = 0): Sparse {
  // words skip zeros four bytes at a time
  const words = bytes.byteOffset % 4 === 0 ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2) : null
  return runsOf(bytes, words, 0, bytes.length, base)
}

/** Like `toSparse`, for the bytes from `from` to `to` at their own offsets; `words` are the same bytes. */
export function sparseOf(bytes: Uint8Array, words: Uint32Array | null, from: number, to: number): Sparse {
  return runsOf(bytes, words, from, to, 0)
}

function runsOf(bytes: Uint8Array, words: Uint32Array | null, from: number, to: number, base: number): Sparse {
  let out = ''
  let at = from
  while (at < to) {
    if (bytes[at] === 0) {
      at += 1
      if (words && at % 4 === 0) while (at < to && words[at >>> 2] === 0) at += 4
      continue
    }
    let end = at + 1
    let last = end
    while (end < to && end - last < GAP) {
      if (bytes[end] !== 0) last = end + 1
      end += 1
    }
    out += `${out === '' ? '' : ' '}${(base + at).toString(16)}:`
    for (; at < last; at += PIECE) out += hexOf(bytes, at, Math.min(last, at + PIECE))
    at = last
  }
  return out
}

/**
 * Decodes the text of `toSparse` into `size` bytes.
 * @throws RangeError when a run is malformed or lies outside.
 */
export function fromSparse(sparse: Sparse, size: number): Uint8Array {
  return sparse === '' ? new Uint8Array(size) : peekSparse(sparse, size).slice()
}

/** Like `fromSparse`, but the bytes are shared: read only. */
export function peekSparse(sparse: Sparse, size: number): Uint8Array {
  const known = read.get(sparse)
  if (known?.length === size) return known
  const bytes = decoded(sparse, size)
  if (read.size >= READ_LIMIT) read.clear()
  read.set(sparse, bytes)
  return bytes
}

/** Sparse bytes with `base` added to every offset. */
export function shiftSparse(sparse: Sparse, base: number): Sparse {
  if (base === 0) return sparse
  const shifted = sparse.split(' ').map((run) => {
    const colon = run.indexOf(':')
    return (base + Number.parseInt(run.slice(0, colon), 16)).toString(16) + run.slice(colon)
  })
  return shifted.join(' ')
}

/** Cache of decoded texts. */
const read = new Map<Sparse, Uint8Array>()
/** Most texts in the cache: at most a page each, a megabyte in total. */
const READ_LIMIT = 256

function decoded(sparse: Sparse, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  if (sparse === '') return bytes
  for (const run of sparse.split(' ')) {
    const colon = run.indexOf(':')
    const offset = Number.parseInt(run.slice(0, colon), 16)
    const length = (run.length - colon - 1) / 2
    if (colon < 1 || !Number.isInteger(length) || !(offset >= 0) || offset + length > size) {
      throw new RangeError(`sparse bytes: run "${run.slice(0, 24)}" does not fit ${size} bytes`)
    }
    for (let i = 0; i < length; i += 1) {
      const byte = hexByte(run.charCodeAt(colon + 1 + 2 * i), run.charCodeAt(colon + 2 + 2 * i))
      if (byte < 0) throw new RangeError(`sparse bytes: run "${run.slice(0, 24)}" is not hexadecimal`)
      bytes[offset + i] = byte
    }
  }
  return bytes
}

/** End of the last run; all bytes from it on are zero. */
export function sparseEnd(sparse: Sparse): number {
  if (sparse === '') return 0
  const last = sparse.slice(sparse.lastIndexOf(' ') + 1)
  const colon = last.indexOf(':')
  return Number.parseInt(last.slice(0, colon), 16) + (last.length - colon - 1) / 2
}

/** Hexadecimal text of a range of bytes. */
function hexOf(bytes: Uint8Array, from: number, to: number): string {
  const characters = digitsFor(to - from)
  let length = 0
  for (let i = from; i < to; i += 1) {
    const byte = bytes[i] as number
    characters[length++] = DIGITS[byte >>> 4] as number
    characters[length++] = DIGITS[byte & 15] as number
  }
  return String.fromCharCode.apply(null, characters)
}

/** A reusable buffer for the digits of `count` bytes. */
function digitsFor(count: number): number[] {
  const room = rooms.get(count) ?? new Array<number>(2 * count).fill(0)
  rooms.set(count, room)
  return room
}

const rooms = new Map<number, number[]>()

function hexByte(high: number, low: number): number {
  const a = hexDigit(high)
  const b = hexDigit(low)
  return a < 0 || b < 0 ? -1 : a * 16 + b
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48
  if (code >= 97 && code <= 102) return code - 87
  return -1
}
