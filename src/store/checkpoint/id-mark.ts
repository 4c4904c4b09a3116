/**
 * What a snapshot keeps of an operation id: 64 bits of it, 16 hexadecimal digits. Among all that are kept the odds that a
 * new id has the mark of another are one to 10^15.
 */
export function idMark(id: string): string {
  return hash(id, 0x811c9dc5, 0x01000193) + hash(id, 0x9747b28c, 0x85ebca6b)
}

/** FNV-1a, and the same with another start and prime. Ids are ASCII. */
function hash(id: string, start: number, prime: number): string {
  let value = start
  for (let index = 0; index < id.length; index++) {
    value = Math.imul(value ^ id.charCodeAt(index), prime)
    value ^= value >>> 15
  }
  return (value >>> 0).toString(16).padStart(8, '0')
}
