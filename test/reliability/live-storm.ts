import allowFuse from '../live/fuse-access.ts'
import { notLive } from '../live/live-host.ts'
import { LiveRounds } from './live-rounds.ts'
import type { Amount, Result } from './part.ts'

/** Operations of a run without a bound. */
const WHOLE = 100_000

/**
 * 64 writers at once, most of them through the files of `nvgpu run`, the others by command lines. Servers, runs, writers and
 * command lines are killed at random. After each round all that was answered has to follow from the order of the history.
 */
export async function liveStorm({ seed, rounds = WHOLE, milliseconds }: Amount): Promise<Result> {
  const forbid = allowFuse()
  try {
    const skipped = notLive('ordinary')
    return skipped === undefined ? await storm(seed, rounds, milliseconds) : { counts: '', failures: [], skipped }
  } finally {
    forbid?.()
  }
}

async function storm(seed: number, rounds: number, milliseconds = Number.POSITIVE_INFINITY): Promise<Result> {
  const end = Date.now() + milliseconds
  const most = Number.isFinite(rounds) ? rounds : WHOLE
  const failures: string[] = []
  const all = new LiveRounds(seed)
  try {
    while (all.operations < most && Date.now() < end && failures.length === 0) failures.push(...(await all.next(true)))
    return { counts: all.counts, failures }
  } finally {
    all.dispose()
  }
}
