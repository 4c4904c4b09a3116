import type { Request } from '../policies/policy.ts'
import type { Frequent } from './waste.ts'

/** Requests in the order of their lines. Equal ones are stored once, so that ten million lines fit in memory. */
export interface Trace {
  /** the distinct requests */
  readonly requests: readonly Request[]
  /** number of the distinct request of each line */
  readonly lines: Int32Array
  /** times at which each arrives and leaves; undefined if the trace has none, NaN for a request that never leaves */
  readonly arrivals: Float64Array | undefined
  readonly departures: Float64Array | undefined
}

/** The distinct requests with the number of lines of each. */
export function mixOf({ requests, lines }: Trace): Frequent[] {
  const counts = new Array<number>(requests.length).fill(0)
  for (const request of lines) counts[request] = (counts[request] as number) + 1
  return requests.map((request, index) => ({ request, count: counts[index] as number }))
}

/** GPU that a request asks for, in the unit of the fleet. */
export function askedBy({ gpus, each }: Request): number {
  return gpus * each
}
