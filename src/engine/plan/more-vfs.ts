import { NvError } from '../../errors/nv-error.ts'
import { Trial } from '../capacity.ts'
import { copyState } from '../copy-state.ts'
import { totalVfs } from '../definitions/vf-address.ts'
import { stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import { enableVfs } from '../verbs/vfs.ts'
import { type Budget, placeAll, type Seat } from './place.ts'

/** VFs that are to be enabled, all a GPU has, and where what was asked for goes then. */
export interface MoreVfs {
  seats: Seat[]
  /** Indices of the GPUs. */
  enable: number[]
}

/**
 * Whether enabling VFs is all it takes, on GPUs that carry no vGPU: others would have to give theirs up first. They are
 * enabled on `host`, on one GPU, then on twice as many, as long as that does not do; so they need not be the fewest. If nothing
 * does, the GPUs are as they were: to enable VFs takes a GPU's mode from it.
 * @param trials one of each GPU, before anything is enabled
 */
export function moreVfs(
  host: HostState,
  gpus: readonly number[],
  trials: readonly Trial[],
  types: readonly number[],
  budget: Budget,
): MoreVfs | null {
  const kinds = new Set(types)
  const candidates = trials.flatMap((trial, at) => {
    const { vfs } = trial.gpu
    const wants = trial.freeVfs() === vfs.length && vfs.length < totalVfs(trial.gpu)
    return wants && [...kinds].some((type) => trial.typeOf(type)) ? [at] : []
  })
  // where no VF is there is the most to gain
  candidates.sort((a, b) => (trials[a]?.freeVfs() ?? 0) - (trials[b]?.freeVfs() ?? 0))
  const before = new Map<number, GpuState>()
  let now = trials
  // each of the GPUs that are needed takes one vGPU at least
  const most = Math.min(candidates.length, types.length)
  for (let from = 0; from < most; ) {
    const to = Math.min(most, Math.max(1, 2 * from))
    const enabled = candidates.slice(from, to).filter((at) => enableAll(host, gpus[at] ?? 0, before))
    now = now.map((trial, at) => (enabled.includes(at) ? new Trial(host, gpus[at] ?? 0) : trial))
    const seats = enabled.length > 0 ? placeAll(host, now, types, budget) : null
    if (seats) {
      const taken = (at: number) => seats.filter(({ gpu }) => gpu === at).length
      const used = candidates.filter((at) => taken(at) > (trials[at]?.freeVfs() ?? 0))
      return { seats, enable: used.map((at) => gpus[at] ?? 0) }
    }
    from = to
  }
  for (const [index, gpu] of before) host.gpus[index] = gpu
  return null
}

/** Whether it goes, and every VF is bound then; on a copy of the GPU, which itself goes into `before`. */
function enableAll(host: HostState, index: number, before: Map<number, GpuState>): boolean {
  const gpu = stateAt(host, index)
  before.set(index, gpu)
  host.gpus[index] = copyState(gpu)
  try {
    return !enableVfs(host, { gpu: String(index), count: totalVfs(gpu) }).failed
  } catch (error) {
    if (error instanceof NvError) return false
    throw error
  }
}
