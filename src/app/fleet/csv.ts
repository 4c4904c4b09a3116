/** A record of a CSV file, with the line on which it begins. */
export interface CsvRecord {
  readonly line: number
  readonly cells: readonly string[]
}

/** A fault of a CSV file. */
export class CsvFault extends Error {
  readonly line: number
  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/**
 * The records of a CSV text, RFC 4180, with any line ends; empty lines and lines that begin with # are left out.
 * @throws CsvFault
 */
export function* csvRecords(text: string): Generator<CsvRecord> {
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|\r|$)/y
  let at = text.startsWith('\ufeff') ? 1 : 0
  let line = 1
  while (at < text.length) {
    const first = line
    const cells: string[] = []
    if (text[at] === '#') {
      const end = text.indexOf('\n', at)
      at = end < 0 ? text.length : end + 1
      line += 1
      continue
    }
    for (let end = ','; end === ','; ) {
      cell.lastIndex = at
      const found = cell.exec(text)
      if (found === null) throw new CsvFault(line, 'a quote is misplaced or not closed')
      const [whole, quoted, bare = '', mark = ''] = found
      if (quoted !== undefined) line += quoted.split('\n').length - 1
      cells.push(quoted?.replaceAll('""', '"') ?? bare.trim())
      at += whole.length
      end = mark
    }
    line += 1
    if (cells.length > 1 || cells[0] !== '') yield { line: first, cells }
  }
}
