import { oddNumber } from '../../errors/odd-number.ts'
import { CsvFault } from './csv.ts'
import type { CsvLine } from './csv-lines.ts'
import { type Header, spellingOf, type TraceColumn } from './trace-columns.ts'

/** Columns that say when, not what. */
const APART: ReadonlySet<TraceColumn> = new Set(['count', 'arrival', 'departure'])
const MOST_TEXT = 60

/** One request of a trace. */
export class TraceRow {
  /** Equal for rows that ask for the same. */
  readonly key: string
  readonly #line: number
  readonly #cells: readonly string[]
  readonly #header: Header

  /** @throws CsvFault for another number of values than columns */
  constructor({ line, cells }: CsvLine, header: Header) {
    if (cells.length !== header.columns)
      throw new CsvFault(line, `there are ${cells.length} values, and ${header.columns} columns`)
    this.#line = line
    this.#cells = cells
    this.#header = header
    let key = ''
    for (const [column, place] of header.places) if (!APART.has(column)) key += `${cells[place]}\n`
    this.key = key
  }

  text(column: TraceColumn): string | null {
    const place = this.#header.places.get(column)
    const text = place === undefined ? '' : (this.#cells[place] ?? '').trim()
    return text === '' ? null : text
  }

  /** Words between bars, in lower case, each once; undefined for none. */
  words(column: TraceColumn): readonly string[] | undefined {
    const words = (this.text(column) ?? '')
      .toLowerCase()
      .split('|')
      .map((word) => word.trim())
    const found = [...new Set(words.filter((word) => word !== ''))]
    return found.length === 0 ? undefined : found
  }

  /** A whole number, also as 8.0; null for an empty cell or none. */
  count(column: TraceColumn, least: number, most: number): number | null {
    const text = this.text(column)
    if (text === null) return null
    const value = Number(text)
    if (/^\d+(\.0*)?$/.test(text) && value >= least && value <= most) return value
    throw this.#notA(column, `a whole number from ${least} to ${most}`, text)
  }

  /** An amount that is not negative; null for an empty cell or none. */
  amount(column: TraceColumn): number | null {
    const text = this.text(column)
    if (text === null) return null
    const value = Number(text)
    if (/^\d+(\.\d*)?$/.test(text) && value <= Number.MAX_SAFE_INTEGER) return value
    throw this.#notA(column, 'an amount that is not negative', text)
  }

  /** A time as a number, or as a date in ISO 8601; NaN for an empty cell. */
  time(column: TraceColumn): number {
    const text = this.text(column)
    if (text === null) return Number.NaN
    const value = /^-?\d+(\.\d*)?$/.test(text) ? Number(text) : isDate(text) ? Date.parse(text) / 1000 : Number.NaN
    if (Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value
    throw this.#notA(column, 'a time in seconds or as 2026-12-01T10:00:00Z', text)
  }

  /** The word of this trace for a column. */
  spelling(column: TraceColumn): string {
    return spellingOf(this.#header, column)
  }

  refuse(message: string): CsvFault {
    return new CsvFault(this.#line, message)
  }

  #notA(column: TraceColumn, what: string, text: string): CsvFault {
    const odd = oddNumber(text)
    const which = odd === undefined ? '' : `, which is ${odd}`
    return this.refuse(`${this.spelling(column)}: ${what} is needed here, not "${text.slice(0, MOST_TEXT)}"${which}`)
  }
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.test(text)
}
