import { NvError } from '../errors/nv-error.ts'
import { oddNumber } from '../errors/odd-number.ts'

/** A refusal of the command line: status 2 and, by default, a hint to the help. */
export function usageError(message: string, facts: { hint?: string; object?: string } = {}): NvError {
  return new NvError({ errno: 'EINVAL', code: 'syntax', at: AT_COMMAND_LINE, message, ...facts })
}

/**
 * Refuses a word that should be a number: `what` is its kind, as "a count". A number out of range is reported as such.
 */
export function numberError(word: string, what: string, facts: { hint?: string } = {}): NvError {
  const odd = oddNumber(word) ?? oddNumber(word.replace(UNIT, ''))
  return usageError(`'${word}' is not ${what}${odd === undefined ? '' : `: it is ${odd}`}`, facts)
}

/** The number of an option is followed by a unit: 5s, 10Gbit/s. */
const UNIT = /(?<=[\d.])[a-z]+(?:\/s)?$/i

/** `at` of usage errors: no kernel function refused, so the printed line omits it. */
export const AT_COMMAND_LINE = 'command line'
