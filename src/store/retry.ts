import { NvError } from '../errors/nv-error.ts'

/** Lost races after which a loser steps back, the longest it does so in milliseconds, and how many it takes in all. */
const PROMPT = 8
const LONGEST_PAUSE = 128
const LIMIT = 128

/**
 * How often and after which pauses something is tried again because somebody else's change came first. There is one of
 * these for each attempt that may be repeated, and no other rule for that in the program.
 */
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

/** The refusal of a change that others did not let happen. */
export function contention(dir: string, cause?: unknown): NvError {
  return new NvError({
    errno: 'EAGAIN',
    code: 'contention',
    at: 'store commit',
    message: `other commands changed ${dir || 'the host'} before this one could, each time it tried: nothing was changed`,
    hint: 'nvgpu host history --max 10 shows what they do; repeat the command when they are done',
    object: dir,
    cause,
  })
}
