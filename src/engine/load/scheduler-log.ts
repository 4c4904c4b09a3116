import type { SchedulerPolicy } from '../../catalog/profiles.ts'
import type { Utilisation } from './model.ts'

/** One decision of the scheduler: the turn of a vGPU on the graphics runlist. Times in nanoseconds. */
export interface SchedulerTurn {
  at: number
  gfid: number
  /** Of this vGPU in the log's second so far. */
  ranTotal: number
  ran: number
  /** The turn it was given; 0 under best effort. */
  target: number
  preempted: number
}

/** Entries of a log, as in NVML. */
const LOG_ENTRIES = 200
const SECOND_NS = 1_000_000_000
/** Length of a turn under best effort. */
const BEST_EFFORT_NS = 2_000_000
const FULL = 10_000

/**
 * The last turns up to a time: a pure function of it and of each vGPU's use in that second. Turns go round; a vGPU runs for
 * the part of its turn that its use asks for.
 * @param now virtual time, microseconds
 */
export function schedulerLog(
  now: number,
  policy: SchedulerPolicy,
  timeSliceNs: number | null,
  uses: readonly Utilisation[],
): SchedulerTurn[] {
  if (uses.length === 0) return []
  const slice = timeSliceNs ?? BEST_EFFORT_NS
  const begin = Math.floor(now / 1_000_000) * SECOND_NS
  const turns = Math.floor((now * 1000 - begin) / slice)
  const first = Math.max(0, turns - LOG_ENTRIES)
  return Array.from({ length: turns - first }, (_, i) => {
    const turn = first + i
    const use = uses[turn % uses.length] ?? { gfid: 0, gr: 0 }
    const ran = Math.min(slice, Math.round((slice * use.gr * uses.length) / FULL))
    const own = Math.floor(turn / uses.length) + 1
    return {
      at: begin + turn * slice,
      gfid: use.gfid,
      ranTotal: ran * own,
      ran,
      target: policy === 'best-effort' ? 0 : slice,
      preempted: (slice - ran) * own,
    }
  })
}
