import { labelProblem, nameProblem, vmNameProblem } from '../name-rules.ts'
import { configured } from '../select.ts'
import type { HostState } from '../state.ts'
import type { Desired } from './desired.ts'
import { refusal } from './refusal.ts'

/**
 * Refuses invalid names, except those that the host has already: an older release may have accepted them.
 * @throws NvError invalid-argument
 */
export function refuseNewNames({ vgpus, gpus, definitions }: Desired, state: HostState): void {
  const requested = [...(vgpus ?? []), ...gpus.flatMap((gpu) => gpu.vgpus ?? [])]
  const told = [
    ...requested.map(({ at, name }) => ({ at, text: name, problem: nameProblem })),
    ...requested.map(({ at, vm }) => ({ at, text: vm, problem: vmNameProblem })),
    ...requested.map(({ at, guest }) => ({ at, text: guest?.guestOs, problem: labelProblem })),
    ...(definitions ?? []).map(({ at, name }) => ({ at, text: name, problem: nameProblem })),
  ]
  let held: ReadonlySet<string> | undefined
  for (const { at, text, problem } of told) {
    const why = text === undefined ? null : problem(text)
    if (text === undefined || why === null) continue
    held ??= namesIn(state)
    if (!held.has(text)) throw refusal(at, 'EINVAL', 'invalid-argument', why)
  }
}

function namesIn(state: HostState): ReadonlySet<string> {
  const texts = [
    ...configured(state).flatMap(({ vf: { name, opened } }) => [name, opened?.vm, opened?.guestOs]),
    ...Object.values(state.definitions).map(({ name }) => name),
  ]
  return new Set(texts.filter((text) => typeof text === 'string'))
}
