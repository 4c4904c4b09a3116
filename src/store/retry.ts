import { NvError } from '../errors/nv-error.ts'

/** Lost races that are retried at once, the longest pause in milliseconds, and the limit of lost races. */
const PROMPT = 8
const LONGEST_PAUSE = 128
const LIMIT = 128

/** The one rule for repeating an attempt that lost to another change: how often, and after which pauses. */
export class RetryPolicy {
  readonly #dir: string
  #losses = 0

  /** @param dir the state directory that others change */
  constructor(dir: string) {
    this.#dir = dir
  }

  /** Counts a lost race. Returns the milliseconds to wait before the next attempt. @throws NvError contention */
  nextPause(): number {
    this.#losses += 1
    if (this.#losses >= LIMIT) throw contention(this.#dir)
    return this.#losses <= PROMPT ? 0 : Math.min(2 ** (this.#losses - PROMPT - 1), LONGEST_PAUSE)
  }
}

/** The error for a change that lost every race. */
export function contention(dir: string, cause?: unknown): NvError {
  return new NvError({
    errno: 'EAGAIN',
    code: 'contention',
    at: 'store commit',
    message: `other commands changed ${dir || 'the host'} before this one could, each time it tried: nothing was changed`,
    hint: 'nvgpu host history --max 10',
    object: dir,
    cause,
  })
}
