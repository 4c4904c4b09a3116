import { correctLine } from '../disk/bit-correction.ts'
import { HEAD } from './record.ts'

/** What a power cut takes, or leaves, at once, bytes: no disk has smaller sectors. */
const SECTOR = 512

/**
 * Why the unreadable line from `start` to `end` of a piece of a log cannot come from a cut; undefined if it can. A killed
 * write leaves the beginning of a record. A power cut leaves zeros in the place of sectors that were never synced, with
 * pieces of records between them. `offset` is where the piece is in the file.
 */
export function damageOf(bytes: Buffer, start: number, end: number, offset: number): string | undefined {
  if (correctLine(bytes, start, end)) return 'a record does not have the checksum it was written with'
  const line = bytes.subarray(start, end)
  const zero = line.indexOf(0)
  const isCut = zero < 0 ? isBeginning(line) : isBeginning(line.subarray(0, zero)) && hasHoles(line, offset + start)
  return isCut ? undefined : 'what is there is neither a record nor the beginning of one'
}

/** Whether each run of zeros ends with a sector or the line, and the bytes between them are no control characters. */
function hasHoles(line: Buffer, offset: number): boolean {
  return line.every((byte, index) => {
    if (byte !== 0) return byte >= 0x20
    const next = index + 1
    return line[next] === 0 || next === line.length || (offset + next) % SECTOR === 0
  })
}

/** Whether the bytes are the beginning of a record, and not all of one. */
function isBeginning(line: Buffer): boolean {
  const head = line.toString('latin1', 0, HEAD)
  if (line.length < HEAD) return /^[0-9a-f]{0,8}$/.test(head)
  return /^[0-9a-f]{8} $/.test(head) && isJsonBeginning(line.toString('utf8', HEAD))
}

/** Ends a string, an escape in it or a key; a value that is missing, a number or a word that is not complete. */
const IN_STRING = ['"', '":null', '\\"', '\\":null', ...[1, 2, 3, 4].flatMap((digits) => endings('0'.repeat(digits)))]
const BETWEEN = ['', 'null', ':null', '"":null', '0', 'rue', 'ue', 'e', 'alse', 'lse', 'se', 'ull', 'll', 'l']

function endings(digits: string): string[] {
  return [`${digits}"`, `${digits}":null`]
}

/** Whether a text is the beginning of a JSON object, and not all of one: with one of the endings it is whole. */
function isJsonBeginning(text: string): boolean {
  if (text === '') return true
  if (text[0] !== '{') return false
  const open: string[] = []
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character < ' ' || (at > 0 && open.length === 0)) return false
    if (character === '"') inString = !inString
    else if (inString) at += character === '\\' ? 1 : 0
    else if (character === '{') open.unshift('}')
    else if (character === '[') open.unshift(']')
    else if (character === '}' || character === ']') open.shift()
  }
  return open.length > 0 && (inString ? IN_STRING : BETWEEN).some((end) => isJson(`${text}${end}${open.join('')}`))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
