import { configured, stateAt } from '../select.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import type { Comparison, KeptVgpu } from './compare.ts'
import { gpuDeviations } from './deviations.ts'
import type { VgpuGoal } from './goal.ts'
import { gpuSteps } from './gpu-steps.ts'
import { Places } from './places.ts'
import type { Step } from './step.ts'
import { creation, powerSteps } from './vgpu-steps.ts'

/** UUIDs for new vGPUs; a later attempt after one that is taken. The same wish and attempt give the same in every run. */
export type UuidSource = (wish: { readonly name?: string; readonly number: number }, attempt: number) => string

/**
 * The acts that make a host what it shall be: what gives back before what takes, and what has a place of its own before
 * what takes the first that is free. None where the host is so already.
 */
export function planSteps(comparison: Comparison, uuids: UuidSource): Step[] {
  const { goal, kept, surplus } = comparison
  const { base } = goal
  const power = kept.map((one) => powerSteps(base, one))
  const gpus = goal.gpus.filter(({ is, wanted }) => gpuDeviations(is, wanted).length > 0)
  const creations = creationsOf(comparison, uuids)
  return [
    ...(goal.init ? [{ do: 'init' as const, at: '', options: goal.init }] : []),
    ...surplus.map(({ vf }): Step => ({ do: 'destroy', at: '', uuid: vf.uuid ?? '', vf: vf.bdf })),
    ...power.flatMap(({ down }) => down),
    ...(goal.uploads.length > 0 ? [{ do: 'upload' as const, at: goal.uploads[0]?.at ?? '', types: goal.uploads }] : []),
    ...gpus.flatMap((gpu) => gpuSteps(base, gpu)),
    ...bindsFor(comparison, creations),
    ...kept.flatMap(renaming),
    ...power.flatMap(({ up }) => up),
    ...creations,
  ]
}

function renaming({ wish, at: { vf }, effort }: KeptVgpu): Step[] {
  if (effort === 'anew' || wish.name === undefined || wish.name === vf.name) return []
  return [{ do: 'rename', at: wish.at, uuid: vf.uuid ?? '', vf: vf.bdf, name: wish.name }]
}

function creationsOf(comparison: Comparison, uuids: UuidSource): Step<'create'>[] {
  const { goal, kept, missing } = comparison
  const taken = new Set([
    ...configured(goal.base).map(({ vf }) => vf.uuid ?? ''),
    ...goal.vgpus.flatMap(({ uuid }) => uuid ?? []),
  ])
  const fresh = (wish: VgpuGoal): string => {
    for (let attempt = 0; ; attempt += 1) {
      const uuid = uuids(wish, attempt)
      if (taken.has(uuid)) continue
      taken.add(uuid)
      return uuid
    }
  }
  const places = new Places(comparison)
  const anew = kept.filter(({ effort }) => effort === 'anew')
  const wishes = [
    ...anew.map((one) => ({ wish: places.remembered(one), uuid: one.at.vf.uuid ?? '' })),
    ...missing.map((wish) => ({ wish, uuid: wish.uuid ?? fresh(wish) })),
  ]
  return wishes
    .sort((a, b) => freedom(a.wish) - freedom(b.wish) || places.size(b.wish) - places.size(a.wish))
    .map(({ wish, uuid }) => creation(wish, uuid, places.gpu(wish), places.vf(wish)))
}

/** Both places given, a placement, a VF, a GPU, none: what may choose comes after what may not. */
function freedom({ gpu, vf, placementId }: VgpuGoal): number {
  if (placementId !== undefined) return vf === null ? 1 : 0
  if (vf !== null) return 2
  return gpu === null ? 4 : 3
}

/** VFs named for a vGPU are bound, if nothing else has them. */
function bindsFor({ goal }: Comparison, creations: readonly Step<'create'>[]): Step[] {
  return creations.flatMap(({ at, vf: bdf, gpu }): Step[] => {
    if (bdf === null) return []
    const settings = goal.gpus.find((known) => known.bdf === gpu)
    if (!settings) return []
    const state = stateAt(goal.base, settings.index)
    const enabledAnew = settings.is.vfs !== settings.wanted.vfs || settings.is.ecc !== settings.wanted.ecc
    const vf = state.vfs.find((known) => known.bdf === bdf)
    const bound = enabledAnew
      ? settings.wanted.autoprobe || vf?.driver === DRIVER_NAME
      : vf === undefined || vf.driver !== null
    return bound ? [] : [{ do: 'bind', at, vf: bdf }]
  })
}
