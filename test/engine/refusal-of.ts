import { NvError } from '../../src/errors/nv-error.ts'

/** The refusal of an action. Success, or an error of another kind, fails the test. */
export function refusal(act: () => unknown): NvError {
  try {
    act()
  } catch (error) {
    if (error instanceof NvError) return error
    throw error
  }
  throw new Error('it was not refused')
}
