import { nearestWords } from '../../errors/nearest-words.ts'
import { CsvFault } from './csv.ts'
import type { CsvLine } from './csv-lines.ts'

/** Columns of a trace, with the words of the openb trace for them. */
const WORDS = {
  type: ['type', 'vgpu_type'],
  share: ['share'],
  count: ['count'],
  arrival: ['arrival', 'creation_time'],
  departure: ['departure', 'deletion_time'],
  models: ['constraints', 'gpu_spec'],
  cpu: ['cpu_milli'],
  memory: ['memory_mib'],
  gpus: ['num_gpu'],
  each: ['gpu_milli'],
} as const

export type TraceColumn = keyof typeof WORDS

/** How a trace says what is asked for. */
export type TraceKind = 'type' | 'share' | 'gpus'

const NEEDED = ['cpu', 'memory', 'gpus', 'each'] as const

/** Place of each column that is there. */
export interface Header {
  readonly kind: TraceKind
  readonly places: ReadonlyMap<TraceColumn, number>
  readonly columns: number
}

/** @throws CsvFault for columns that are missing or given twice */
export function headerOf({ line, cells }: CsvLine): Header {
  const places = new Map<TraceColumn, number>()
  for (const [place, cell] of cells.entries()) {
    const word = cell.trim().toLowerCase()
    const column = (Object.keys(WORDS) as TraceColumn[]).find((name) =>
      (WORDS[name] as readonly string[]).includes(word),
    )
    if (column === undefined) continue
    if (places.has(column))
      throw new CsvFault(line, `two columns are the ${column} of a request: "${cell.trim()}" is the second`)
    places.set(column, place)
  }
  const kind = places.has('type') ? 'type' : places.has('share') ? 'share' : 'gpus'
  const missing = kind === 'gpus' ? NEEDED.filter((column) => !places.has(column)) : []
  if (missing.length > 0) throw new CsvFault(line, missingColumns(missing, cells))
  return { kind, places, columns: cells.length }
}

function missingColumns(missing: readonly (typeof NEEDED)[number][], cells: readonly string[]): string {
  const words = missing.map((column) => WORDS[column][0])
  const [first = ''] = words
  const near = nearestWords(
    first,
    cells.map((cell) => cell.trim().slice(0, 60)),
  )
  const all = NEEDED.map((column) => WORDS[column][0]).join(', ')
  return `there is no column ${words.join(', ')}${near}; a trace has ${all}, or type, or share`
}

/** The word for a column, as a trace of this kind has it. */
export function spellingOf({ kind }: Header, column: TraceColumn): string {
  const [own, openb] = WORDS[column] as readonly string[]
  return kind === 'gpus' ? (openb ?? own ?? column) : (own ?? column)
}
