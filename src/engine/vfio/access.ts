/** One register access of 1, 2 or 4 bytes, naturally aligned. */
export interface RegisterAccess {
  read(offset: number, length: number): number
  write(offset: number, length: number, value: number): void
}

/**
 * Splits an access into naturally aligned pieces: four bytes if four are left and the offset allows, else two, else
 * one.
 */
export function* pieces(offset: number, length: number): Generator<{ offset: number; length: number }> {
  let at = offset
  const end = offset + length
  while (at < end) {
    const size = end - at >= 4 && at % 4 === 0 ? 4 : end - at >= 2 && at % 2 === 0 ? 2 : 1
    yield { offset: at, length: size }
    at += size
  }
}

/** read(2), piece by piece. An error after some pieces fails the whole read; there are no short reads. */
export function readPieces(region: RegisterAccess, offset: number, length: number): Uint8Array {
  const out = new Uint8Array(length)
  for (const piece of pieces(offset, length)) {
    const value = region.read(piece.offset, piece.length)
    for (let i = 0; i < piece.length; i += 1) out[piece.offset - offset + i] = (value >>> (8 * i)) & 0xff
  }
  return out
}

/** write(2), piece by piece. Pieces written before an error stay written. */
export function writePieces(region: RegisterAccess, offset: number, bytes: Uint8Array): void {
  for (const piece of pieces(offset, bytes.length)) {
    let value = 0
    for (let i = piece.length - 1; i >= 0; i -= 1) value = value * 256 + (bytes[piece.offset - offset + i] ?? 0)
    region.write(piece.offset, piece.length, value)
  }
}
