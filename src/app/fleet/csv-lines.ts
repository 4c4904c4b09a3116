import { CsvFault } from './csv.ts'

/** A record of a CSV file, with the line on which it begins. */
export interface CsvLine {
  readonly line: number
  readonly cells: readonly string[]
}

/** Longest record: a row of any trace is shorter, and a quote that is never closed ends here. */
const LONGEST = 65_536

/**
 * The records of a CSV file of any size, RFC 4180, with any line ends; empty lines and lines that begin with # are left out. Only one
 * piece of the file is in memory.
 * @throws CsvFault for text that is not UTF-8, a quote that is not closed, an endless line
 */
export function* csvLines(pieces: Iterable<Uint8Array>): Generator<CsvLine> {
  let line = 1
  let first = 1
  let open = ''
  for (const text of texts(pieces, () => line)) {
    const whole = open === '' ? text : `${open}\n${text}`
    const isOpen = quotesIn(whole) % 2 === 1
    if (whole.length > LONGEST) throw new CsvFault(first, `the line has more than ${LONGEST} characters`)
    open = isOpen ? whole : ''
    if (!isOpen && whole !== '' && !whole.startsWith('#')) yield { line: first, cells: cellsOf(whole, first) }
    line += 1
    if (!isOpen) first = line
  }
  if (open !== '') throw new CsvFault(first, 'a quote is not closed')
}

/** The lines of a text, without their ends. */
function* texts(pieces: Iterable<Uint8Array>, line: () => number): Generator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (piece?: Uint8Array) => {
    try {
      return piece === undefined ? decoder.decode() : decoder.decode(piece, { stream: true })
    } catch {
      throw new CsvFault(line(), 'the text from here on is not UTF-8')
    }
  }
  let rest = ''
  for (const piece of pieces) {
    const text = rest + decode(piece)
    // A carriage return at the end may be the first half of a line end.
    const usable = text.endsWith('\r') ? text.length - 1 : text.length
    const lines = text.slice(0, usable).split(/\r\n|\n|\r/)
    rest = (lines.pop() ?? '') + text.slice(usable)
    if (rest.length > LONGEST) throw new CsvFault(line() + lines.length, `the line has more than ${LONGEST} characters`)
    yield* lines
  }
  yield* (rest + decode()).split(/\r\n|\n|\r/)
}

function quotesIn(text: string): number {
  let quotes = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes += 1
  return quotes
}

function cellsOf(text: string, line: number): string[] {
  if (text.includes('\0')) throw new CsvFault(line, 'the line has a NUL character')
  if (!text.includes('"')) return text.split(',')
  const cell = /(?:\s*"((?:[^"]|"")*)"\s*|([^",]*))(,|$)/y
  const cells: string[] = []
  for (let end = ','; end === ','; ) {
    const found = cell.exec(text)
    if (found === null) throw new CsvFault(line, 'a quote is misplaced')
    const [, quoted, bare = '', mark = ''] = found
    cells.push(quoted?.replaceAll('""', '"') ?? bare)
    end = mark
  }
  return cells
}
