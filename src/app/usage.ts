import { NvError } from '../errors/nv-error.ts'
import { oddNumber } from '../errors/odd-number.ts'

/** A refusal by the command line itself: status 2 and, unless another is given, the hint to read the help. */
export function usageError(message: string, facts: { hint?: string; object?: string } = {}): NvError {
  return new NvError({ errno: 'EINVAL', code: 'syntax', at: AT_COMMAND_LINE, message, ...facts })
}

/** Refuses a word that was to be a number: `what` says of which kind, as "a count". One that is none for its size is told so. */
export function numberError(word: string, what: string, facts: { hint?: string } = {}): NvError {
  const odd = oddNumber(word) ?? oddNumber(word.replace(UNIT, ''))
  return usageError(`'${word}' is not ${what}${odd === undefined ? '' : `: it is ${odd}`}`, facts)
}

/** What may stand behind a number: 5s, 10Gbit/s. */
const UNIT = /(?<=[\d.])[a-z]+(?:\/s)?$/i

/** `at` of usage errors: no kernel function is to blame, so the printed line leaves it out. */
export const AT_COMMAND_LINE = 'command line'
