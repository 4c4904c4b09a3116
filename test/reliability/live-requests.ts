import { randomRequests } from '../live/random-requests.ts'
import type { Amount, Result } from './part.ts'

/** Requests to one session, before all that it gave is given back. */
const SHARE = 10_000
/** MiB that the heap may grow by, whatever the number of requests. */
const GROWTH = 64

/** Random requests to the server of the kernel's files: no crash, no answer outside of the protocol, no leak. */
export async function randomKernelRequests({
  seed,
  rounds = Number.POSITIVE_INFINITY,
  milliseconds,
}: Amount): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  let done = 0
  let heap: number | undefined
  for (let from = seed; done < rounds && Date.now() < end; from++) {
    const share = Math.min(SHARE, rounds - done)
    const failures = randomRequests(from, share)
    if (failures.length > 0) return { counts: `${done} requests`, failures }
    done += share
    heap ??= heapUsed()
  }
  const growth = Math.round((heapUsed() - (heap ?? 0)) / 2 ** 20)
  const failures = growth > GROWTH ? [`the heap has grown by ${growth} MiB over ${done} requests`] : []
  return { counts: `${done} requests; heap ${growth >= 0 ? '+' : ''}${growth} MiB`, failures }
}

function heapUsed(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
