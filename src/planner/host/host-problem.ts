import { profileOf } from '../../catalog/profiles.ts'
import { free } from '../../engine/capacity.ts'
import { stateAt, type VfAt } from '../../engine/select.ts'
import type { HostState, VfState } from '../../engine/state.ts'
import { type GpuRules, rulesKey, rulesOf } from '../gpu-rules.ts'
import { ANY, type Place } from '../gpu-states.ts'
import type { HeldGpu, Kind, Problem } from '../search/problem.ts'
import type { Spot } from '../search/steps.ts'
import { sharedPlace } from '../shared-slots.ts'

/** The question of which vGPUs of a host to evict, and the way back from its answer to the host. */
export interface HostProblem {
  readonly problem: Problem
  /** Indices of the GPUs on the host. */
  readonly gpus: readonly number[]
  /** The vGPUs of the host. */
  readonly vgpus: readonly {
    readonly kind: number
    readonly spot: Spot
    readonly at: VfAt
    readonly movable: boolean
  }[]
}

/**
 * @param gpus indices of the GPUs to plan
 * @param types ids of the asked types, one each vGPU
 * @param evicted with `none` every vGPU stays
 */
export function hostProblem(
  host: HostState,
  gpus: readonly number[],
  types: readonly number[],
  evicted: Problem['evicted'] | 'none',
): HostProblem {
  const rules = sharedRules(host, gpus)
  const kinds = new Kinds(new Set(rules.map(({ ecc }) => ecc)).size > 1)
  const asked = types.map((vgpuType) => kinds.of(vgpuType, null))
  const migrating = new Set(host.migrations.map(({ uuid }) => uuid))
  const vgpus: HostProblem['vgpus'][number][] = []
  const held = gpus.map((index, gpu): HeldGpu => {
    const own = rules[gpu] as GpuRules
    const { vfs, nvkm } = stateAt(host, index)
    const carriers = vfs.filter(({ vgpuType }) => nvkm.enabled && vgpuType !== 0)
    return {
      rules: own,
      vfs: carriers.length + vfs.filter((vf) => free(vf, profileOf(host))).length,
      held: carriers.map((vf) => {
        const kind = kinds.of(vf.vgpuType, vf.opened === null ? null : own.ecc)
        const place = placeIn(own, vf)
        const stays = vf.uuid === null || migrating.has(vf.uuid) || (evicted === 'move' && hasFailed(host, index, vf))
        const movable = !stays && evicted !== 'none'
        vgpus.push({ kind, spot: { gpu, place }, at: { gpu: index, vf }, movable })
        return { kind, place, movable }
      }),
    }
  })
  const counts = kinds.all.map((_, kind) => asked.filter((one) => one === kind).length)
  return {
    problem: { kinds: kinds.all, gpus: held, asked: counts, evicted: evicted === 'stop' ? 'stop' : 'move' },
    gpus,
    vgpus,
  }
}

/** The rules of each GPU; alike GPUs share one object. */
function sharedRules(host: HostState, gpus: readonly number[]): GpuRules[] {
  const known = new Map<string, GpuRules>()
  return gpus.map((index) => {
    const key = rulesKey(host, index)
    const rules = known.get(key) ?? rulesOf(host, index)
    known.set(key, rules)
    return rules
  })
}

class Kinds {
  readonly all: Kind[] = []
  readonly #byEcc: boolean
  readonly #ids = new Map<string, number>()

  /** @param byEcc whether the GPUs differ in their ECC mode */
  constructor(byEcc: boolean) {
    this.#byEcc = byEcc
  }

  of(vgpuType: number, ecc: boolean | null): number {
    const kind: Kind = { vgpuType, ecc: this.#byEcc ? ecc : null }
    const key = `${vgpuType} ${kind.ecc}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    this.#ids.set(key, this.all.length)
    this.all.push(kind)
    return this.all.length - 1
  }
}

/** A vGPU that has failed cannot be saved. */
function hasFailed(host: HostState, gpu: number, vf: VfState): boolean {
  const known = stateAt(host, gpu).mgr?.vgpus[vf.index]
  return known !== undefined && known.failed !== null
}

/** The place of a vGPU under the rules of its GPU. */
export function placeIn({ mode, shared }: GpuRules, { placementId, gpuInstanceId }: VfState): Place {
  if (shared) return gpuInstanceId === null ? ANY : sharedPlace(gpuInstanceId, placementId ?? 0)
  if (mode === 'equal-size') return ANY
  return (mode === 'mig' ? gpuInstanceId : placementId) ?? ANY
}
