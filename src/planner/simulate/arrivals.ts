import type { Request } from '../policies/policy.ts'
import { type Draw, shuffled } from './prng.ts'
import { askedBy, type Trace } from './trace.ts'

/**
 * The requests of a trace in random order. Where they ask for less GPU than `enough`, requests drawn from the trace
 * follow; the last one reaches it.
 * @param enough in the unit of the fleet
 * @returns numbers of distinct requests
 */
export function shuffledArrivals({ requests, lines }: Trace, enough: number, draw: Draw): number[] {
  const order = shuffled([...lines], draw)
  const asked = requests.map(askedBy)
  let sum = order.reduce((all, request) => all + (asked[request] as number), 0)
  // Requests without GPUs never reach it.
  if (sum === 0) return order
  while (sum < enough) {
    const request = lines[draw(lines.length)] as number
    order.push(request)
    sum += asked[request] as number
  }
  return order
}

/** A line that arrives or leaves. */
export interface Event {
  readonly line: number
  readonly leaves: boolean
}

/**
 * Arrivals and departures of a trace by time. Of those at one time departures come first, then the order of the lines
 * counts. A line that leaves when it arrives does so before the next one arrives.
 */
export function* timedEvents({ lines, arrivals, departures }: Trace): Generator<Event> {
  const arrival = (line: number) => arrivals?.[line] ?? 0
  const departure = (line: number) => departures?.[line] ?? Number.NaN
  const leaving = sortedBy(lines.length, departures).filter((line) => departure(line) > arrival(line))
  let gone = 0
  for (const line of sortedBy(lines.length, arrivals)) {
    for (let next = leaving[gone]; next !== undefined && departure(next) <= arrival(line); next = leaving[gone]) {
      yield { line: next, leaves: true }
      gone += 1
    }
    yield { line, leaves: false }
    if (departure(line) === arrival(line)) yield { line, leaves: true }
  }
}

/** Line numbers by ascending time; NaN is last. */
function sortedBy(count: number, times: Float64Array | undefined): Int32Array {
  const order = Int32Array.from({ length: count }, (_, line) => line)
  if (times === undefined) return order
  const time = (line: number) => (Number.isNaN(times[line]) ? Number.POSITIVE_INFINITY : (times[line] as number))
  return order.sort((a, b) => (time(a) === time(b) ? a - b : time(a) - time(b)))
}

/** A request as a scheduler sees it that does not know vGPU types: a share of the framebuffer. */
export function blindly(request: Request): Request {
  return { ...request, vgpuType: undefined }
}
