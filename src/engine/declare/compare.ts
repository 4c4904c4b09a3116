import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { boardOf } from '../board-of.ts'
import { stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { assign, type Pair } from './assign.ts'
import type { Desired } from './desired.ts'
import { type Deviation, type Effort, gpuDeviations, vgpuDeviations } from './deviations.ts'
import { type Goal, goalOf, type VgpuGoal } from './goal.ts'
import { refusal } from './refusal.ts'

/** A host beside what it shall be. */
export interface Comparison {
  readonly goal: Goal
  /** GPUs whose vGPUs have to go before the GPU can be put right, and what for. */
  readonly emptied: ReadonlyMap<number, string>
  readonly kept: readonly KeptVgpu[]
  readonly missing: readonly VgpuGoal[]
  readonly surplus: readonly VfAt[]
}

/** A vGPU that answers to a wish. */
export interface KeptVgpu extends Pair {
  readonly deviations: readonly Deviation[]
  /** null: it is as wished. */
  readonly effort: Effort | null
  /** Why it is made anew, where that is not for a deviation of its own. */
  readonly because: string | null
}

/**
 * Compares a host with what it shall be; the same comparison is behind diff, assert and apply.
 * @throws NvError for what the document contradicts itself in or names and is not there, and for vGPUs in the way that it
 *   does not speak of
 */
export function compareHost(desired: Desired, state: HostState): Comparison {
  const goal = goalOf(desired, state)
  const { pairs, missing, surplus, untold } = assign(goal)
  const emptied = emptiedGpus(goal)
  for (const { gpu, vf } of untold) {
    const why = emptied.get(gpu)
    if (why === undefined) continue
    const at = goal.gpus[gpu]?.at || (goal.uploads[0]?.at ?? '')
    const what = `vGPU ${vf.uuid} on ${vf.bdf} is in the way of ${why}, and the document does not speak of it`
    throw refusal(at, 'EBUSY', 'conflict', what, 'nvgpu export prints a document that does')
  }
  for (const wish of goal.vgpus) refuseBeyond(goal, wish)
  const claimed = new Map(goal.vgpus.flatMap((wish) => (wish.vf ? [[wish.vf.bdf, wish] as const] : [])))
  const kept = pairs.map((pair) => keptVgpu(goal, pair, emptied, claimed))
  return { goal, emptied, kept, missing, surplus }
}

function keptVgpu(
  goal: Goal,
  pair: Pair,
  emptied: ReadonlyMap<number, string>,
  claimed: ReadonlyMap<string, VgpuGoal>,
): KeptVgpu {
  const found = vgpuDeviations(goal.base, pair.wish, pair.at)
  const deviations = found.map(({ member, is, wanted }) => ({ member, is, wanted }))
  const claimant = claimed.get(pair.at.vf.bdf)
  const displaced = claimant !== undefined && claimant !== pair.wish ? `its VF is for ${claimant.at}` : undefined
  const because = emptied.get(pair.at.gpu) ?? displaced ?? null
  const worst = (['anew', 'restart', 'live'] as const).find((effort) => found.some((one) => one.effort === effort))
  return { ...pair, deviations, effort: because === null ? (worst ?? null) : 'anew', because }
}

/** Everything but autoprobe and what is remembered wants a GPU without vGPUs; new types are refused over vGPUs of the same board. */
function emptiedGpus(goal: Goal): Map<number, string> {
  const emptied = new Map<number, string>()
  for (const { index, bdf, is, wanted } of goal.gpus) {
    const members = gpuDeviations(is, wanted).flatMap(({ member }) =>
      ['autoprobe', 'persist'].includes(member) ? [] : [member],
    )
    if (members.length > 0) emptied.set(index, `a change of ${members.join(' and ')} on ${bdf}`)
  }
  if (goal.uploads.length === 0) return emptied
  const devices = new Set(goal.uploads.map(({ blob }) => NVA081_CTRL_VGPU_INFO.get(blob, 'pdevId')))
  for (const index of goal.base.gpus.keys()) {
    const gpu = stateAt(goal.base, index)
    if (!emptied.has(index) && devices.has(boardOf(gpu).deviceId)) emptied.set(index, `new types for ${gpu.bdf}`)
  }
  return emptied
}

function refuseBeyond({ gpus }: Goal, { at, vf }: VgpuGoal): void {
  const vfs = vf === null ? 0 : (gpus[vf.gpu]?.wanted.vfs ?? 0)
  if (vf === null || vf.index < vfs) return
  const hint = vfs === 0 ? 'vfs: 16, at the GPU, enables some' : undefined
  throw refusal(at, 'EINVAL', 'conflict', `${vf.bdf} is VF ${vf.index}, and there are to be ${vfs} VFs`, hint)
}
