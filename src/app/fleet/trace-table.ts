import type { Request } from '../../planner/policies/policy.ts'
import type { Trace } from '../../planner/simulate/trace.ts'
import type { Header } from './trace-columns.ts'
import type { TraceRow } from './trace-row.ts'

/** Requests that are read at most: an array of them takes 400 MB. */
const MOST_LINES = 20_000_000
/** Distinct requests that are read at most. */
const MOST_KINDS = 100_000

/** Requests as they are read. Equal ones are stored once. */
export class TraceTable {
  readonly #requests: Request[] = []
  readonly #numbers = new Map<string, number>()
  readonly #known = new Map<string, number>()
  readonly #hasArrivals: boolean
  readonly #hasDepartures: boolean
  #lines = new Int32Array(1024)
  #arrivals = new Float64Array(0)
  #departures = new Float64Array(0)
  #length = 0

  constructor({ places }: Header) {
    this.#hasArrivals = places.has('arrival')
    this.#hasDepartures = places.has('departure')
    this.#grow(1024)
  }

  /** Number of the request with this text. */
  known(key: string): number | undefined {
    return this.#known.get(key)
  }

  /** Number of a request that was read from a text for the first time. */
  add(key: string, request: Request): number {
    const same = JSON.stringify(request)
    const number = this.#numbers.get(same) ?? this.#requests.push(request) - 1
    this.#numbers.set(same, number)
    if (this.#known.size < MOST_KINDS) this.#known.set(key, number)
    return number
  }

  append(row: TraceRow, request: number, count: number): void {
    if (this.#requests.length > MOST_KINDS) throw row.refuse(`the trace has more than ${MOST_KINDS} different requests`)
    if (this.#length + count > MOST_LINES)
      throw row.refuse(`the trace has more than ${MOST_LINES} requests: cut it with head -n`)
    const arrival = this.#hasArrivals ? row.time('arrival') : 0
    const departure = this.#hasDepartures ? row.time('departure') : Number.NaN
    if (Number.isNaN(arrival))
      throw row.refuse(`${row.spelling('arrival')}: the time at which the request arrives is needed here`)
    if (departure < arrival) throw row.refuse(`${row.spelling('departure')}: the request leaves before it arrives`)
    while (this.#length + count > this.#lines.length) this.#grow(this.#lines.length * 2)
    this.#lines.fill(request, this.#length, this.#length + count)
    if (this.#hasArrivals) this.#arrivals.fill(arrival, this.#length, this.#length + count)
    if (this.#hasDepartures) this.#departures.fill(departure, this.#length, this.#length + count)
    this.#length += count
  }

  trace(): Trace {
    return {
      requests: this.#requests,
      lines: this.#lines.subarray(0, this.#length),
      arrivals: this.#hasArrivals ? this.#arrivals.subarray(0, this.#length) : undefined,
      departures: this.#hasDepartures ? this.#departures.subarray(0, this.#length) : undefined,
    }
  }

  #grow(length: number): void {
    const lines = new Int32Array(length)
    lines.set(this.#lines.subarray(0, length))
    this.#lines = lines
    if (this.#hasArrivals) this.#arrivals = longer(this.#arrivals, length)
    if (this.#hasDepartures) this.#departures = longer(this.#departures, length)
  }
}

function longer(values: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(length)
  grown.set(values)
  return grown
}
