import { NvError } from '../../errors/nv-error.ts'
import { oddNumber } from '../../errors/odd-number.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import type { Request } from '../../planner/policies/policy.ts'
import type { Trace } from '../../planner/simulate/trace.ts'
import { CsvFault } from './csv.ts'
import { csvLines } from './csv-lines.ts'
import { headerOf, type TraceKind } from './trace-columns.ts'
import { TraceRow } from './trace-row.ts'
import { TraceTable } from './trace-table.ts'

/** A vGPU type for the trace: its id, its framebuffer and its board in lower case. */
export interface TraceType {
  readonly id: number
  readonly mib: number
  readonly board: string
}

/** What the fleet has, for the checks of a trace. */
export interface Offer {
  /** in lower case */
  readonly models: () => ReadonlySet<string>
  /** @throws NvError for an unknown type */
  readonly type: (word: string) => TraceType
}

export interface ReadTrace {
  readonly kind: TraceKind
  readonly trace: Trace
}

/** Thousandths of a GPU. */
const WHOLE = 1000
/** GPUs of the largest node. */
const MOST_GPUS = 1024
/** vGPUs of one line. */
const MOST_COUNT = 1_000_000
const EVERY = 8192

/**
 * Reads requests from CSV, line by line: the columns of the openb trace, or `type` or `share` with count, arrival,
 * departure and constraints.
 * @param progress called now and then with the number of lines
 * @throws NvError invalid-file with file, line and column
 */
export function readTrace(
  file: string,
  pieces: Iterable<Uint8Array>,
  offer: Offer,
  progress: (lines: number) => void = () => {},
): ReadTrace {
  try {
    const lines = csvLines(pieces)
    const first = lines.next()
    if (first.done === true) throw new CsvFault(1, 'the file is empty')
    const header = headerOf(first.value)
    const table = new TraceTable(header)
    let read = 0
    for (const line of lines) {
      if (read++ % EVERY === 0) progress(line.line)
      const row = new TraceRow(line, header)
      const request = table.known(row.key) ?? table.add(row.key, requestOf(row, header.kind, offer))
      const count = row.count('count', 1, MOST_COUNT) ?? 1
      table.append(row, request, count)
    }
    if (read === 0) throw new CsvFault(first.value.line + 1, 'there is no request')
    return { kind: header.kind, trace: table.trace() }
  } catch (error) {
    throw error instanceof CsvFault ? invalidTrace(file, error) : error
  }
}

function invalidTrace(file: string, { line, message }: CsvFault): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-file',
    at: 'read',
    message: `${file}:${line}: ${message}`,
    hint: `sed -n ${line}p ${shellQuote(file)}`,
    object: file,
  })
}

function requestOf(row: TraceRow, kind: TraceKind, offer: Offer): Request {
  const cpu = row.amount('cpu') ?? 0
  const memory = row.amount('memory') ?? 0
  if (kind === 'type') {
    const { id, mib, board } = typeOf(row, offer)
    return { cpu: 0, memory: 0, gpus: 1, each: mib, models: [board], vgpuType: id }
  }
  const models = modelsOf(row, offer.models())
  if (kind === 'share') return { cpu, memory, gpus: 1, each: shareOf(row), models, vgpuType: undefined }
  const gpus = row.count('gpus', 0, MOST_GPUS)
  const each = row.count('each', 0, WHOLE)
  if (gpus === null) throw row.refuse('num_gpu: a number of GPUs is needed here')
  if (gpus > 0 && (each === null || each === 0))
    throw row.refuse('gpu_milli: a request for a GPU needs a share of it, from 1 to 1000')
  return { cpu, memory, gpus, each: gpus === 0 ? 0 : (each ?? 0), models, vgpuType: undefined }
}

function typeOf(row: TraceRow, offer: Offer): TraceType {
  const word = row.text('type')
  if (word === null) throw row.refuse('type: a vGPU type is needed here')
  let type: TraceType
  try {
    type = offer.type(word)
  } catch (error) {
    throw error instanceof NvError && error.code === 'not-found' ? row.refuse(`type: ${error.message}`) : error
  }
  const boards = row.words('models')
  if (boards !== undefined && !boards.includes(type.board))
    throw row.refuse(`constraints: ${word} is a type of ${type.board.toUpperCase()}, which is not among them`)
  return type
}

/** 500 is half a GPU, and so is 0.5. */
function shareOf(row: TraceRow): number {
  const text = row.text('share') ?? ''
  const value = Number(text)
  const milli = value <= 1 ? Math.round(value * WHOLE) : value
  const isPlain = /^(\d+|\d*\.\d+)$/.test(text)
  if (isPlain && Number.isInteger(milli) && milli >= 1 && milli <= WHOLE) return milli
  const odd = oddNumber(text)
  throw row.refuse(
    `share: a share of a GPU is needed here, from 0.001 to 1 or in thousandths from 2 to 1000, not "${text.slice(0, 60)}"${odd === undefined ? '' : `, which is ${odd}`}`,
  )
}

function modelsOf(row: TraceRow, known: ReadonlySet<string>): readonly string[] | undefined {
  const models = row.words('models')
  if (models === undefined || models.some((model) => known.has(model))) return models
  const all = [...known].map((model) => model.toUpperCase()).join(', ')
  throw row.refuse(
    `${row.spelling('models')}: no node has the model ${models.join(' or ').slice(0, 60)}; the fleet has ${all}`,
  )
}
