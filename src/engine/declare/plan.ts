import { configured, stateAt } from '../select.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import type { Comparison, KeptVgpu } from './compare.ts'
import type { DefinitionGoal } from './definition-goal.ts'
import { gpuDeviations } from './deviations.ts'
import type { VgpuGoal } from './goal.ts'
import { gpuSteps } from './gpu-steps.ts'
import { Places } from './places.ts'
import type { Step } from './step.ts'
import { creation, powerSteps } from './vgpu-steps.ts'

/** UUIDs for new vGPUs; a later attempt after one that is taken. The same wish and attempt give the same in every run. */
export type UuidSource = (wish: Wanting, attempt: number) => string

interface Wanting {
  readonly name?: string
  readonly number: number
}

/**
 * The acts that make a host what it shall be: what gives back before what takes, and what has a place of its own before
 * what takes the first that is free. None where the host is so already.
 */
export function planSteps(comparison: Comparison, uuids: UuidSource): Step[] {
  const { goal, kept, surplus } = comparison
  const { base } = goal
  const power = kept.map((one) => powerSteps(base, one))
  const gpus = goal.gpus.filter(({ is, wanted }) => gpuDeviations(is, wanted).length > 0)
  const settings = gpus.flatMap((gpu) => gpuSteps(base, gpu))
  const bound = new Set(settings.flatMap((step) => (step.do === 'bind' ? step.vf : [])))
  const fresh = freshUuids(comparison, uuids)
  const creations = creationsOf(comparison, fresh)
  const named = new Map(kept.map(({ wish, at: { vf } }) => [wish.name ?? vf.name, vf.uuid ?? '']))
  for (const { name, uuid } of creations) named.set(name ?? null, uuid)
  return [
    ...(goal.init ? [{ do: 'init' as const, at: '', options: goal.init }] : []),
    ...goal.undefined.map(({ uuid }): Step => ({ do: 'undefine', at: '', uuid })),
    ...surplus.map(({ vf }): Step => ({ do: 'destroy', at: '', uuid: vf.uuid ?? '', vf: vf.bdf })),
    ...power.flatMap(({ down }) => down),
    ...(goal.uploads.length > 0 ? [{ do: 'upload' as const, at: goal.uploads[0]?.at ?? '', types: goal.uploads }] : []),
    ...settings,
    ...bindsFor(comparison, creations).filter(({ vf }) => !bound.has(vf)),
    ...modifications(kept),
    ...power.flatMap(({ up }) => up),
    ...creations,
    ...goal.definitions.flatMap((wish, index) => {
      const name = wish.definition.name ?? ''
      return definitionSteps(wish, () => named.get(name) ?? fresh({ name, number: goal.vgpus.length + index }))
    }),
  ]
}

/** What changes under a running VM. Names that move from one vGPU to another are taken off first. */
function modifications(kept: readonly KeptVgpu[]): Step[] {
  const concerned = kept.filter(({ effort }) => effort === 'live' || effort === 'restart')
  const modify = ({ wish, at: { vf } }: KeptVgpu) =>
    ({ do: 'modify', at: wish.at, uuid: vf.uuid ?? '', vf: vf.bdf }) as const
  const renamed = new Set(concerned.filter(({ wish, at: { vf } }) => wish.name !== undefined && wish.name !== vf.name))
  const wanted = new Set([...renamed].map(({ wish }) => wish.name))
  const changes = concerned.map((one): Step => {
    const { wish, deviations } = one
    const attrs = deviations.some(({ member }) => member === 'attrs') ? wish.attrs : undefined
    return {
      ...modify(one),
      ...(renamed.has(one) && wish.name !== undefined ? { name: wish.name } : {}),
      ...(attrs === undefined ? {} : { attrs }),
    }
  })
  return [
    ...[...renamed]
      .filter(({ at: { vf } }) => vf.name !== null && wanted.has(vf.name))
      .map((one): Step => ({ ...modify(one), name: null })),
    ...changes.filter((step) => 'name' in step || 'attrs' in step),
  ]
}

function definitionSteps({ at, uuid: known, is, deviations, definition }: DefinitionGoal, fresh: () => string): Step[] {
  if (is && deviations.length === 0) return []
  const uuid = known ?? fresh()
  return [{ do: is ? 'redefine' : 'define', at, uuid, definition: { uuid, ...definition } }]
}

/** UUIDs for what is new: that of the definition of the name, else one of the source that nothing has. */
function freshUuids({ goal }: Comparison, uuids: UuidSource) {
  const taken = new Set([
    ...configured(goal.base).map(({ vf }) => vf.uuid ?? ''),
    ...goal.vgpus.flatMap(({ uuid }) => uuid ?? []),
  ])
  const definedAs = new Map(Object.values(goal.base.definitions).map(({ name, uuid }) => [name, uuid]))
  for (const { definition, uuid } of goal.definitions) if (uuid !== null) definedAs.set(definition.name, uuid)
  for (const uuid of definedAs.values()) taken.add(uuid)
  const free = new Set(definedAs.values())
  for (const { vf } of configured(goal.base)) free.delete(vf.uuid ?? '')
  return (wish: Wanting): string => {
    const defined = wish.name === undefined ? undefined : definedAs.get(wish.name)
    if (defined !== undefined && free.delete(defined)) return defined
    for (let attempt = 0; ; attempt += 1) {
      const uuid = uuids(wish, attempt)
      if (taken.has(uuid)) continue
      taken.add(uuid)
      return uuid
    }
  }
}

function creationsOf(comparison: Comparison, fresh: (wish: Wanting) => string): Step<'create'>[] {
  const { kept, missing } = comparison
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

/** What may choose comes after what may not, and a placement on a GPU that is known before a VF without placement. */
function freedom({ gpu, vf, placementId }: VgpuGoal): number {
  if (placementId !== undefined && gpu !== null) return vf === null ? 1 : 0
  if (vf !== null) return 2
  if (gpu === null) return placementId === undefined ? 5 : 3
  return 4
}

/** VFs named for a vGPU are bound, if nothing else has them. */
function bindsFor({ goal }: Comparison, creations: readonly Step<'create'>[]): Step<'bind'>[] {
  const settingsOf = new Map(goal.gpus.map((known) => [known.bdf, known]))
  return creations.flatMap(({ at, vf: bdf, gpu }): Step<'bind'>[] => {
    if (bdf === null) return []
    const settings = gpu === null ? undefined : settingsOf.get(gpu)
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
