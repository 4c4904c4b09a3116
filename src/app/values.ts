import { heldNameProblem, labelProblem, nameProblem } from '../engine/name-rules.ts'
import { numberError, usageError } from './usage.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** RFC 4122 text in any case; returns lower case. The nil UUID means "none" to the firmware and is refused. */
export function parseUuid(text: string): string {
  const uuid = text.toLowerCase()
  if (!UUID.test(uuid)) throw usageError(`'${text}' is not a UUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`)
  if (uuid === '00000000-0000-0000-0000-000000000000') throw usageError('the nil UUID cannot name a vGPU')
  return uuid
}

/** The name of a new object. Throws NvError `syntax` with the reason. */
export function parseName(text: string): string {
  return unless(nameProblem(text), text)
}

/** The name of a VM, or its UUID, which then is its name too. */
export function parseVm(text: string): string {
  return UUID.test(text.toLowerCase()) ? parseUuid(text) : parseName(text)
}

/** A text that is not a name, such as a guest's operating system. */
export function parseLabel(text: string): string {
  return unless(labelProblem(text), text)
}

/** A name in a document: valid for new objects, or an older name that predates the rule for visible characters. */
export function parseHeldName(text: string): string {
  return unless(heldNameProblem(text), text)
}

function unless(problem: string | null, text: string): string {
  if (problem !== null) throw usageError(problem)
  return text
}

/** A count in decimal, 0 to 2^53-1. */
export function parseCount(text: string): number {
  const count = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count)) throw numberError(text, 'a count')
  return count
}

/** A selector is any text without control characters; the host resolves it. */
export function parseSelector(text: string): string {
  if (isSelector(text)) return text
  throw usageError(`'${text}' is not an address, index, UUID or name`)
}

/** A vGPU type by its name or number on this host. */
export function parseType(text: string): string {
  if (isSelector(text)) return text
  throw usageError(`'${text}' is not the name or number of a vGPU type`)
}

function isSelector(text: string): boolean {
  return text !== '' && (isPrintableAscii(text) || !/\p{Cc}/u.test(text))
}

/** Most words are plain ASCII and need no Unicode expression. */
function isPrintableAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || code > 0x7e) return false
  }
  return true
}

/** A file or directory: any text except the empty one, which an unset variable of a script gives. */
export function parsePath(text: string): string {
  if (text === '' || text.includes('\0')) throw usageError(`'${text}' is not the name of a file`)
  return text
}

/** Bytes in hexadecimal; spaces between them are allowed. */
export function parseHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '').replace(/^0x/i, '')
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw usageError(`'${text.slice(0, 40)}' is not bytes in hexadecimal`)
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

const UNITS_US: Readonly<Record<string, number>> = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
}

/** A duration as 5s, 250ms, 1h30m; a bare number is seconds. Returns microseconds. */
export function parseDuration(text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(us|ms|min|s|m|h|d)?/g)]
  const us = parts.reduce((sum, [, number, unit = 's']) => sum + Number(number) * (UNITS_US[unit] ?? Number.NaN), 0)
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text || !Number.isSafeInteger(us)) {
    throw numberError(text, 'a duration', { hint: 'nvgpu host advance 5s' })
  }
  return us
}
