import { hostProblem } from '../contract/read-host.ts'
import { STATE } from '../contract/state-contract.ts'
import { checkHost } from '../engine/invariants.ts'
import { ringProblems } from '../engine/ring-rules.ts'
import type { HostState } from '../engine/state.ts'
import { NvError } from '../errors/nv-error.ts'
import { placeOf, readState } from '../store/read.ts'

/**
 * Finds the cause of an unexpected error: an NvError if the state directory holds an invalid host with valid checksums,
 * else the error itself. The full check runs only after such an error.
 */
export function diagnoseState(error: unknown, dir: string): unknown {
  try {
    const state = readState<HostState>(placeOf({ dir, contract: STATE }), STATE.schema)?.state
    const [problem] = state === undefined ? [] : stateProblems(state)
    return problem === undefined ? error : noHost(dir, problem, error)
  } catch (found) {
    return found instanceof NvError ? found : error
  }
}

/** All reasons why a stored tree is not a host: first its shape, then the rules for its values. */
export function stateProblems(state: HostState): string[] {
  const problem = hostProblem({ ...state, gpus: [...state.gpus] })
  return problem === undefined ? rulesBroken(state) : [problem]
}

/** A rule that throws is broken too: values of the right type may be outside of its domain. */
function rulesBroken(state: HostState): string[] {
  try {
    const rings = state.gpus.flatMap((gpu, index) => ringProblems(gpu, `host.gpus[${index}]`))
    return rings.length > 0 ? rings : checkHost(state, [...state.gpus.keys()])
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)]
  }
}

function noHost(dir: string, problem: string, cause: unknown): NvError {
  return new NvError({
    errno: 'EUCLEAN',
    code: 'corrupt',
    at: 'store load',
    message: `${dir} holds a state that is not a valid host: ${problem}`,
    hint: 'nvgpu host fsck',
    object: dir,
    cause,
  })
}
