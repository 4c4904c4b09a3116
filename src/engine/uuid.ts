/** A UUID of the given version that follows from a name: FNV-1a in 16 rounds. */
export function namedUuid(name: string, version: 5 | 8): string {
  const bytes = Uint8Array.from({ length: 16 }, (_, round) => {
    let hash = Math.imul(0x811c9dc5 ^ round, 0x01000193)
    for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
    return (hash ^ (hash >>> 13)) & 0xff
  })
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4)
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return uuidText(bytes)
}

const DASH = 45
/** Positions of the dashes in an RFC 4122 text. */
const DASHES = [8, 13, 18, 23]

/** The 16 bytes of an RFC 4122 text, first byte first. */
export function uuidBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  let digits = 0
  for (let i = 0; i < text.length && digits < 32; i += 1) {
    const code = text.charCodeAt(i)
    if (code === DASH) continue
    const at = digits >> 1
    bytes[at] = ((bytes[at] as number) << 4) | digitAt(code)
    digits += 1
  }
  return bytes
}

/** 16 bytes as RFC 4122 text in lower case. */
export function uuidText(bytes: Uint8Array): string {
  const codes: number[] = []
  for (let i = 0; i < 16; i += 1) {
    if (DASHES.includes(codes.length)) codes.push(DASH)
    const byte = bytes[i] as number
    codes.push(digitOf(byte >>> 4), digitOf(byte & 15))
  }
  return String.fromCharCode.apply(null, codes)
}

/** Value of a hexadecimal digit, in either case. */
function digitAt(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87
}

function digitOf(value: number): number {
  return value < 10 ? value + 48 : value + 87
}
