import { crcText } from '../disk/checksum.ts'
import type { Patch } from '../json/diff.ts'
import { isObject } from '../json/json.ts'
import { isPatch } from '../json/patch.ts'

/** Marks a change as a step through the history: it reverts or repeats the change `of`. */
export interface HistoryStep {
  readonly kind: 'undo' | 'redo'
  readonly of: number
}

/** A change of the state. It is part of history if and only if `b` is the sequence number the records before it reach. */
export interface CommitRecord {
  /** base: the sequence number of the state the change was computed from; the change makes it b + 1 */
  readonly b: number
  /** operation id */
  readonly i: string
  /** wall time, ISO 8601 */
  readonly t: string
  /** the command line */
  readonly c: string
  /** the patch */
  readonly p: Patch
  /** the step through the history; left out for every other change */
  readonly s?: HistoryStep
}

/** The end of a log: if its base fits, nothing after it can be part of history. */
export interface SealRecord {
  readonly b: number
  readonly seal: true
}

export type LogRecord = CommitRecord | SealRecord

/** A line of a log: its place in bytes, without the newline, and its record, if it is one and the CRC fits. */
export interface Line {
  readonly start: number
  readonly end: number
  readonly record: LogRecord | undefined
}

/** Length of the start of a line, before its JSON: eight hex digits and a space. */
export const HEAD = 9

/**
 * The bytes of a record: "\n<crc> <json>\n", the CRC-32 of the JSON in eight hex digits. The newline in front ends
 * a partial line that a killed process left.
 */
export function frame(record: LogRecord): Buffer {
  const bytes = Buffer.from(`\n00000000 ${JSON.stringify(record)}\n`)
  bytes.write(crcText(bytes.subarray(HEAD + 1, -1)), 1, 'latin1')
  return bytes
}

/**
 * Visits the lines of a piece of a log and returns where reading has to go on: behind the last newline. An unfinished last
 * line counts if it is whole (a killed write can lack nothing but the newline, and the next record brings that); it will be
 * seen again, and its base then no longer fits. So does what stands before zeros: there a power cut took the newline that
 * the next record had brought.
 */
export function readLines(bytes: Buffer, visit: (line: Line) => void): number {
  // Decoding never lengthens: if the text is as long as the bytes, each byte is one character, and one decoding does.
  const text = bytes.toString('utf8')
  const aligned = text.length === bytes.length
  const recordAt = (start: number, end: number) =>
    crcFits(bytes, start, end)
      ? parse(bytes, start, end, aligned ? text.slice(start + HEAD, end) : undefined)
      : undefined
  const visitLine = (start: number, end: number) => {
    const record = recordAt(start, end)
    const zero = record ? -1 : bytes.subarray(start, end).indexOf(0)
    const before = zero > 0 ? recordAt(start, start + zero) : undefined
    if (before) visit({ start, end: start + zero, record: before })
    visit({ start: before ? start + zero : start, end, record })
  }
  let start = 0
  for (;;) {
    const end = aligned ? text.indexOf('\n', start) : bytes.indexOf(10, start)
    if (end < 0) break
    if (end > start) visitLine(start, end)
    start = end + 1
  }
  if (bytes.length > start) visitLine(start, bytes.length)
  return start
}

/** Whether the line from `start` to `end` carries the CRC of its JSON. */
export function crcFits(bytes: Buffer, start: number, end: number): boolean {
  return bytes.toString('latin1', start, start + HEAD - 1) === crcText(bytes.subarray(start + HEAD, end))
}

/**
 * The record of a line, if the framing is right, the JSON parses and its form is that of a record. `json` is the text
 * behind the head, where the caller has it decoded.
 */
export function parse(bytes: Buffer, start: number, end: number, json?: string): LogRecord | undefined {
  const framed = bytes[start + HEAD - 1] === 0x20 && bytes[start + HEAD] === 0x7b && bytes[end - 1] === 0x7d
  if (!framed || end - start < HEAD + 2) return undefined
  try {
    const value: unknown = JSON.parse(json ?? bytes.toString('utf8', start + HEAD, end))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is LogRecord {
  if (!isObject(value) || !Number.isSafeInteger(value.b) || Number(value.b) < 0) return false
  if (value.seal === true) return true
  const texts = typeof value.i === 'string' && typeof value.t === 'string' && typeof value.c === 'string'
  return texts && isPatch(value.p) && (value.s === undefined || isStep(value.s))
}

function isStep(value: unknown): value is HistoryStep {
  return isObject(value) && (value.kind === 'undo' || value.kind === 'redo') && Number.isSafeInteger(value.of)
}
