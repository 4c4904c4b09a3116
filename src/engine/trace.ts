import type { Clock } from './clock.ts'
import { toSparse } from './sparse.ts'
import type { KernelLog, TraceLog, TraceRecord } from './state.ts'

/** Most records per GPU. */
export const TRACE_SLOTS = 256

/** A message across a boundary between actors, as the sender describes it. */
export interface Crossing {
  kind: TraceRecord['kind']
  direction: string
  name: string
  payload: Uint8Array
  client?: number
  object?: number
  status?: number
}

/** The record of messages between the actors. It exists only while tracing is on. */
export class Trace {
  readonly #log: TraceLog
  readonly #order: Pick<KernelLog, 'seq'>
  readonly #clock: Clock

  constructor(log: TraceLog, order: Pick<KernelLog, 'seq'>, clock: Clock) {
    this.#log = log
    this.#order = order
    this.#clock = clock
  }

  add({ kind, direction, name, payload, client, object, status }: Crossing): void {
    this.#log.records[this.#log.next % TRACE_SLOTS] = {
      seq: this.#order.seq,
      at: this.#clock.now,
      kind,
      direction,
      name,
      client: client ?? null,
      object: object ?? null,
      size: payload.length,
      status: status ?? null,
      bytes: toSparse(payload),
    }
    this.#log.next += 1
    this.#order.seq += 1
  }
}

/** The stored records, oldest first. */
export function traceRecords(log: TraceLog): TraceRecord[] {
  const records: TraceRecord[] = []
  for (let n = Math.max(0, log.next - TRACE_SLOTS); n < log.next; n += 1) {
    const record = log.records[n % TRACE_SLOTS]
    if (record) records.push(record)
  }
  return records
}
