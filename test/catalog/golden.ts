import { readFileSync } from 'node:fs'

/** One row of a golden table: cells by column name; "-" in the file is null, what looks like a number is one. */
export type Row = Readonly<Record<string, string | number | null>>

export interface TypesGolden {
  types: Row[]
  series: Readonly<Record<string, Row>>
  mixedSizeIds: Readonly<Record<string, string>>
  equalSizeIds: Readonly<Record<string, string>>
}

export function typesGolden(): TypesGolden {
  const file: {
    columns: string
    types: string[]
    seriesColumns: string
    series: Record<string, string>
    mixedSizeIds: Record<string, string>
    equalSizeIds: Record<string, string>
  } = read('catalog-types.json')
  return {
    types: file.types.map((line) => row(file.columns, line)),
    series: Object.fromEntries(
      Object.entries(file.series).map(([name, line]) => [name, row(file.seriesColumns, line)]),
    ),
    mixedSizeIds: file.mixedSizeIds,
    equalSizeIds: file.equalSizeIds,
  }
}

export function boardsGolden(): Row[] {
  const file: { columns: string; boards: string[] } = read('catalog-boards.json')
  return file.boards.map((line) => row(file.columns, line))
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8'))
}

function row(columns: string, line: string): Row {
  const cells = line.split('|')
  return Object.fromEntries(columns.split('|').map((name, index) => [name, cell(cells[index] ?? '')]))
}

function cell(text: string): string | number | null {
  if (text === '-') return null
  return /^(?:0x[0-9a-f]+|\d+)$/.test(text) ? Number(text) : text
}
