import { NvError } from '../../src/errors/nv-error.ts'

/** The refusal an act meets; an act that is done, or breaks in another way, fails the test. */
export function refusal(act: () => unknown): NvError {
  try {
    act()
  } catch (error) {
    if (error instanceof NvError) return error
    throw error
  }
  throw new Error('it was not refused')
}
