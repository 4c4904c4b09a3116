import { NvError } from '../../errors/nv-error.ts'
import { Trial } from '../capacity.ts'
import { copyState } from '../copy-state.ts'
import { totalVfs } from '../definitions/vf-address.ts'
import { stateAt } from '../select.ts'
import type { GpuState, HostState } from '../state.ts'
import { enableVfs } from '../verbs/vfs.ts'
import { type Budget, placeAll, type Seat } from './place.ts'

/** GPUs whose VFs are all to be enabled, and the seats of the requested vGPUs. */
export interface MoreVfs {
  seats: Seat[]
  /** Indices of the GPUs. */
  enable: number[]
}

/**
 * Enables VFs on `host` until the types fit: on one GPU, then on two, four and so on, so the GPUs may not be the fewest. Only
 * GPUs without vGPUs count. Enabling VFs resets the mode of a GPU, so the GPUs are restored when the types do not fit.
 * @param trials one of each GPU, before any VF is enabled
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
  // GPUs without VFs gain the most
  candidates.sort((a, b) => (trials[a]?.freeVfs() ?? 0) - (trials[b]?.freeVfs() ?? 0))
  const before = new Map<number, GpuState>()
  let now = trials
  // each GPU of a solution takes at least one vGPU
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

/** Enables all VFs of a GPU on a copy; `before` keeps the original. @returns whether every VF is bound */
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
