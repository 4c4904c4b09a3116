import { copyState } from '../../engine/copy-state.ts'
import { totalVfs } from '../../engine/definitions/vf-address.ts'
import { stateAt } from '../../engine/select.ts'
import type { GpuState, HostState } from '../../engine/state.ts'
import { enableVfs } from '../../engine/verbs/vfs.ts'
import { NvError } from '../../errors/nv-error.ts'
import { bestPlan, type Plan } from '../search/plan.ts'
import { type HostProblem, hostProblem } from './host-problem.ts'

/** GPUs whose VFs are all to be enabled, and the plan of the asked vGPUs then. */
export interface MoreVfs {
  readonly planned: HostProblem
  readonly plan: Plan
  /** Indices of the GPUs. */
  readonly enable: readonly number[]
}

/**
 * Enables VFs on `host` until the types fit: on one GPU, then on two, four and so on, so the GPUs may not be the fewest. Only
 * GPUs without vGPUs count. Enabling VFs resets the mode of a GPU, so the GPUs are restored when the types do not fit.
 * @param before the problem before any VF is enabled
 * @param most positions that each search may look into
 */
export function moreVfs(host: HostState, before: HostProblem, types: readonly number[], most: number): MoreVfs | null {
  const { gpus, problem } = before
  const candidates = problem.gpus.flatMap(({ rules, vfs, held }, at) => {
    const gpu = stateAt(host, gpus[at] ?? 0)
    const wants = held.length === 0 && vfs === gpu.vfs.length && vfs < totalVfs(gpu)
    return wants && types.some((type) => rules.types.has(type)) ? [{ at, vfs }] : []
  })
  // GPUs without VFs gain the most
  candidates.sort((a, b) => a.vfs - b.vfs)
  const saved = new Map<number, GpuState>()
  // each GPU of a solution takes at least one vGPU
  const last = Math.min(candidates.length, types.length)
  for (let from = 0; from < last; ) {
    const to = Math.min(last, Math.max(1, 2 * from))
    for (const { at } of candidates.slice(from, to)) enableAll(host, gpus[at] ?? 0, saved)
    const planned = hostProblem(host, gpus, types, 'none')
    const plan = bestPlan(planned.problem, most, false)
    if (plan.leftOut.every((number) => number === 0)) {
      const used = candidates.filter(({ at, vfs }) => plan.created.filter((one) => one.at.gpu === at).length > vfs)
      return { planned, plan, enable: used.map(({ at }) => gpus[at] ?? 0) }
    }
    from = to
  }
  for (const [index, gpu] of saved) host.gpus[index] = gpu
  return null
}

/** Enables all VFs of a GPU on a copy; `saved` keeps the original. A GPU that refuses stays as it is. */
function enableAll(host: HostState, index: number, saved: Map<number, GpuState>): void {
  const gpu = stateAt(host, index)
  saved.set(index, gpu)
  host.gpus[index] = copyState(gpu)
  try {
    if (enableVfs(host, { gpu: String(index), count: totalVfs(gpu) }).failed) host.gpus[index] = gpu
  } catch (error) {
    if (!(error instanceof NvError)) throw error
    host.gpus[index] = gpu
  }
}
