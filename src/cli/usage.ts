import { NvError } from '../abi/nv-error.ts'

/** A refusal by the command line itself: status 2 and, unless another is given, the hint to read the help. */
export function usageError(message: string, facts: { hint?: string; object?: string } = {}): NvError {
  return new NvError({ errno: 'EINVAL', code: 'syntax', at: AT_COMMAND_LINE, message, ...facts })
}

/** `at` of usage errors: no kernel function is to blame, so the printed line leaves it out. */
export const AT_COMMAND_LINE = 'command line'
