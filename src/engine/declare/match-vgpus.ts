import { configured, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { type Answers, Matching } from './matching.ts'
import { vgpuDiff } from './member-diff.ts'
import type { ResolvedDesired } from './resolve.ts'
import type { ResolvedVgpu } from './resolve-vgpu.ts'

/** The vGPU of each request. */
export interface VgpuMatches {
  readonly pairs: readonly Pair[]
  /** Requests without a vGPU. */
  readonly missing: readonly ResolvedVgpu[]
  /** vGPUs without a request, on GPUs whose list is complete. */
  readonly surplus: readonly VfAt[]
  /** vGPUs without a request, on other GPUs. */
  readonly untold: readonly VfAt[]
}

export interface Pair {
  readonly request: ResolvedVgpu
  readonly at: VfAt
}

/**
 * Matches requests to vGPUs. A request with a UUID or a name matches only the vGPU of that UUID or name. The others match
 * any vGPU with the requested members, the narrowest request first, so that as many vGPUs as possible stay unchanged.
 */
export function matchVgpus(desired: ResolvedDesired): VgpuMatches {
  const actual = configured(desired.base)
  const free = new Map(actual.map((at) => [at.vf.uuid ?? '', at]))
  const pairs: Pair[] = []
  const claim = (request: ResolvedVgpu, at: VfAt | undefined) => {
    if (!at) return false
    free.delete(at.vf.uuid ?? '')
    pairs.push({ request, at })
    return true
  }
  const byName = new Map(actual.map((at) => [at.vf.name, at]))
  const named = desired.vgpus.filter(({ uuid, name }) => uuid !== undefined || name !== undefined)
  const missing = named.filter((request) => {
    const at = request.uuid === undefined ? byName.get(request.name ?? '') : free.get(request.uuid)
    return !claim(request, at && free.get(at.vf.uuid ?? ''))
  })
  const matching = new Matching([...free.values()].filter(({ gpu }) => desired.complete.has(gpu)))
  let open = desired.vgpus.filter(({ uuid, name }) => uuid === undefined && name === undefined)
  open.sort((a, b) => looseness(a) - looseness(b))
  // unchanged pairs first
  for (const answering of [asItIs(desired.base), inPlace]) open = matching.match(open, answering)
  for (const { request, at } of matching.pairs) claim(request, at)
  const left = [...free.values()]
  return {
    pairs,
    missing: [...missing, ...open],
    surplus: left.filter(({ gpu }) => desired.complete.has(gpu)),
    untold: left.filter(({ gpu }) => !desired.complete.has(gpu)),
  }
}

const inPlace: Answers = ({ vf, placementId, gpuInstance }, at) =>
  (vf === null || vf.index === at.vf.index) &&
  (placementId === undefined || placementId === at.vf.placementId) &&
  (gpuInstance === undefined || gpuInstance === at.vf.gpuInstanceId)

function asItIs(host: HostState): Answers {
  return (request, at) => inPlace(request, at) && vgpuDiff(host, request, at).length === 0
}

/** Sort key: narrow requests come first, so that few pairs change. */
function looseness({ gpu, vf, placementId, gpuInstance, state }: ResolvedVgpu): number {
  const place = vf !== null ? 0 : ((placementId ?? gpuInstance) === undefined ? 2 : 1) + (gpu === null ? 2 : 0)
  return place * 2 + (state === undefined ? 1 : 0)
}
