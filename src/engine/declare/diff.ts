import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { boardOf } from '../board-of.ts'
import { stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import type { Desired } from './desired.ts'
import { idOf, type Partition, sameParts } from './layout.ts'
import { matchVgpus, type Pair } from './match-vgpus.ts'
import { type Effort, gpuDiff, type MemberDiff, vgpuDiff } from './member-diff.ts'
import { refusal } from './refusal.ts'
import { type ResolvedDesired, resolveDesired } from './resolve.ts'
import type { ResolvedVgpu } from './resolve-vgpu.ts'

/** A host compared with its desired state. */
export interface HostDiff {
  readonly desired: ResolvedDesired
  /** GPUs whose vGPUs must be destroyed before a change, with the reason. */
  readonly emptied: ReadonlyMap<number, string>
  readonly kept: readonly KeptVgpu[]
  readonly missing: readonly ResolvedVgpu[]
  readonly surplus: readonly VfAt[]
}

/** A vGPU that is matched to a request. */
export interface KeptVgpu extends Pair {
  readonly diffs: readonly MemberDiff[]
  /** null when the vGPU is as requested. */
  readonly effort: Effort | null
  /** The reason for recreating the vGPU when none of its own members differs that much. */
  readonly because: string | null
}

/**
 * Compares a host with its desired state. The commands diff, assert and apply share this comparison.
 * @throws NvError for a contradiction in the document, a name that does not exist, or a vGPU in the way that the document
 *   does not list
 */
export function diffHost(document: Desired, state: HostState): HostDiff {
  const desired = resolveDesired(document, state)
  const { pairs, missing, surplus, untold } = matchVgpus(desired)
  const emptied = emptiedGpus(desired)
  for (const { gpu, vf } of untold) {
    const why = emptied.get(gpu)
    if (why === undefined) continue
    const at = desired.gpus[gpu]?.at || (desired.uploads[0]?.at ?? '')
    const what = `vGPU ${vf.uuid} on ${vf.bdf} is in the way of ${why}, and the document does not speak of it`
    throw refusal(at, 'EBUSY', 'conflict', what, 'nvgpu export')
  }
  for (const request of desired.vgpus) refuseBeyond(desired, request)
  const claimed = new Map(desired.vgpus.flatMap((request) => (request.vf ? [[request.vf.bdf, request] as const] : [])))
  const kept = pairs.map((pair) => keptVgpu(desired, pair, emptied, claimed))
  return { desired, emptied, kept, missing, surplus }
}

function keptVgpu(
  desired: ResolvedDesired,
  pair: Pair,
  emptied: ReadonlyMap<number, string>,
  claimed: ReadonlyMap<string, ResolvedVgpu>,
): KeptVgpu {
  const found = vgpuDiff(desired.base, pair.request, pair.at)
  const diffs = found.map(({ member, is, wanted }) => ({ member, is, wanted }))
  const claimant = claimed.get(pair.at.vf.bdf)
  const displaced = claimant !== undefined && claimant !== pair.request ? `its VF is for ${claimant.at}` : undefined
  const because = emptied.get(pair.at.gpu) ?? displaced ?? null
  const worst = (['anew', 'restart', 'live'] as const).find((effort) => found.some((one) => one.effort === effort))
  return { ...pair, diffs, effort: because === null ? (worst ?? null) : 'anew', because }
}

/** Settings that a GPU with vGPUs takes. */
const UNDER_VGPUS = ['autoprobe', 'persist', 'migAfterReset']

/** Other settings need a GPU without vGPUs, and GPU instances to go need it where a vGPU is on one. An upload needs every GPU of its board without vGPUs. */
function emptiedGpus(desired: ResolvedDesired): Map<number, string> {
  const emptied = new Map<number, string>()
  for (const { index, bdf, is, wanted } of desired.gpus) {
    const { vfs } = stateAt(desired.base, index)
    const stays = (part: Partition) => wanted.layout.some((other) => sameParts(part, other))
    const going = new Set(is.layout.filter((part) => !stays(part)).map(idOf))
    const loses = vfs.some(({ gpuInstanceId }) => gpuInstanceId !== null && going.has(gpuInstanceId))
    const members = gpuDiff(is, wanted).flatMap(({ member }) =>
      UNDER_VGPUS.includes(member) || (member === 'gpuInstances' && !loses) ? [] : [member],
    )
    if (members.length > 0) emptied.set(index, `a change of ${members.join(' and ')} on ${bdf}`)
  }
  if (desired.uploads.length === 0) return emptied
  const devices = new Set(desired.uploads.map(({ blob }) => NVA081_CTRL_VGPU_INFO.get(blob, 'pdevId')))
  for (const index of desired.base.gpus.keys()) {
    const gpu = stateAt(desired.base, index)
    if (!emptied.has(index) && devices.has(boardOf(gpu).deviceId)) emptied.set(index, `new types for ${gpu.bdf}`)
  }
  return emptied
}

function refuseBeyond({ gpus }: ResolvedDesired, { at, vf }: ResolvedVgpu): void {
  const vfs = vf === null ? 0 : (gpus[vf.gpu]?.wanted.vfs ?? 0)
  if (vf === null || vf.index < vfs) return
  const hint = vfs === 0 ? 'vfs: 16, at the GPU, enables some' : undefined
  throw refusal(at, 'EINVAL', 'conflict', `${vf.bdf} is VF ${vf.index}, and there are to be ${vfs} VFs`, hint)
}
