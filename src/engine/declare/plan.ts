import { configured, stateAt } from '../select.ts'
import { DRIVER_NAME } from '../vfio/device.ts'
import type { HostDiff, KeptVgpu } from './diff.ts'
import { gpuSteps } from './gpu-steps.ts'
import { gpuDiff } from './member-diff.ts'
import { Places } from './places.ts'
import type { ResolvedDefinition } from './resolve-definition.ts'
import type { ResolvedVgpu } from './resolve-vgpu.ts'
import type { Step } from './step.ts'
import { creation, powerSteps } from './vgpu-steps.ts'

/** Makes UUIDs for new vGPUs; the next attempt follows a UUID in use. Deterministic for request and attempt. */
export type UuidSource = (request: Wanting, attempt: number) => string

interface Wanting {
  readonly name?: string
  readonly number: number
}

/**
 * The steps to the desired state. Steps that release resources come before those that take them, and vGPUs with a fixed
 * place before those that take the first free one. Empty when the host is as desired.
 */
export function planSteps(diff: HostDiff, uuids: UuidSource): Step[] {
  const { desired, kept, surplus } = diff
  const { base } = desired
  const power = kept.map((one) => powerSteps(base, one))
  const gpus = desired.gpus.filter(({ is, wanted }) => gpuDiff(is, wanted).length > 0)
  const settings = gpus.flatMap((gpu) => gpuSteps(base, gpu))
  const bound = new Set(settings.flatMap((step) => (step.do === 'bind' ? step.vf : [])))
  const fresh = freshUuids(diff, uuids)
  const creations = creationsOf(diff, fresh)
  const named = new Map(kept.map(({ request, at: { vf } }) => [request.name ?? vf.name, vf.uuid ?? '']))
  for (const { name, uuid } of creations) named.set(name ?? null, uuid)
  return [
    ...(desired.init ? [{ do: 'init' as const, at: '', options: desired.init }] : []),
    ...desired.undefined.map(({ uuid }): Step => ({ do: 'undefine', at: '', uuid })),
    ...surplus.map(({ vf }): Step => ({ do: 'destroy', at: '', uuid: vf.uuid ?? '', vf: vf.bdf })),
    ...power.flatMap(({ down }) => down),
    ...(desired.uploads.length > 0
      ? [{ do: 'upload' as const, at: desired.uploads[0]?.at ?? '', types: desired.uploads }]
      : []),
    ...settings,
    ...bindsFor(diff, creations).filter(({ vf }) => !bound.has(vf)),
    ...modifications(kept),
    ...power.flatMap(({ up }) => up),
    ...creations,
    ...desired.definitions.flatMap((request, index) => {
      const name = request.definition.name ?? ''
      return definitionSteps(request, () => named.get(name) ?? fresh({ name, number: desired.vgpus.length + index }))
    }),
  ]
}

/** Changes under a running VM. A name that moves from one vGPU to another is removed first. */
function modifications(kept: readonly KeptVgpu[]): Step[] {
  const concerned = kept.filter(({ effort }) => effort === 'live' || effort === 'restart')
  const modify = ({ request, at: { vf } }: KeptVgpu) =>
    ({ do: 'modify', at: request.at, uuid: vf.uuid ?? '', vf: vf.bdf }) as const
  const renamed = new Set(
    concerned.filter(({ request, at: { vf } }) => request.name !== undefined && request.name !== vf.name),
  )
  const wanted = new Set([...renamed].map(({ request }) => request.name))
  const changes = concerned.map((one): Step => {
    const { request, diffs } = one
    const attrs = diffs.some(({ member }) => member === 'attrs') ? request.attrs : undefined
    return {
      ...modify(one),
      ...(renamed.has(one) && request.name !== undefined ? { name: request.name } : {}),
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

function definitionSteps({ at, uuid: known, is, diffs, definition }: ResolvedDefinition, fresh: () => string): Step[] {
  if (is && diffs.length === 0) return []
  const uuid = known ?? fresh()
  return [{ do: is ? 'redefine' : 'define', at, uuid, definition: { uuid, ...definition } }]
}

/** UUIDs for new vGPUs: that of the definition with the same name, else an unused one of the source. */
function freshUuids({ desired }: HostDiff, uuids: UuidSource) {
  const taken = new Set([
    ...configured(desired.base).map(({ vf }) => vf.uuid ?? ''),
    ...desired.vgpus.flatMap(({ uuid }) => uuid ?? []),
  ])
  const definedAs = new Map(Object.values(desired.base.definitions).map(({ name, uuid }) => [name, uuid]))
  for (const { definition, uuid } of desired.definitions) if (uuid !== null) definedAs.set(definition.name, uuid)
  for (const uuid of definedAs.values()) taken.add(uuid)
  const free = new Set(definedAs.values())
  for (const { vf } of configured(desired.base)) free.delete(vf.uuid ?? '')
  return (request: Wanting): string => {
    const defined = request.name === undefined ? undefined : definedAs.get(request.name)
    if (defined !== undefined && free.delete(defined)) return defined
    for (let attempt = 0; ; attempt += 1) {
      const uuid = uuids(request, attempt)
      if (taken.has(uuid)) continue
      taken.add(uuid)
      return uuid
    }
  }
}

function creationsOf(diff: HostDiff, fresh: (request: Wanting) => string): Step<'create'>[] {
  const { kept, missing } = diff
  const places = new Places(diff)
  const anew = kept.filter(({ effort }) => effort === 'anew')
  const requests = [
    ...anew.map((one) => ({ request: places.remembered(one), uuid: one.at.vf.uuid ?? '' })),
    ...missing.map((request) => ({ request, uuid: request.uuid ?? fresh(request) })),
  ]
  return requests
    .sort((a, b) => freedom(a.request) - freedom(b.request) || places.size(b.request) - places.size(a.request))
    .map(({ request, uuid }) => creation(request, uuid, places.gpu(request), places.vf(request)))
}

/** Sort key: fixed places come before free choices, and a placement on a known GPU before a VF without placement. */
function freedom({ gpu, vf, placementId, gpuInstance }: ResolvedVgpu): number {
  if ((placementId ?? gpuInstance) !== undefined && gpu !== null) return vf === null ? 1 : 0
  if (vf !== null) return 2
  if (gpu === null) return placementId === undefined ? 5 : 3
  return 4
}

/** Binds the requested VFs that have no driver. */
function bindsFor({ desired }: HostDiff, creations: readonly Step<'create'>[]): Step<'bind'>[] {
  const settingsOf = new Map(desired.gpus.map((known) => [known.bdf, known]))
  return creations.flatMap(({ at, vf: bdf, gpu }): Step<'bind'>[] => {
    if (bdf === null) return []
    const settings = gpu === null ? undefined : settingsOf.get(gpu)
    if (!settings) return []
    const state = stateAt(desired.base, settings.index)
    const { is, wanted } = settings
    const enabledAnew = is.vfs !== wanted.vfs || is.ecc !== wanted.ecc || is.mig !== wanted.mig
    const vf = state.vfs.find((known) => known.bdf === bdf)
    const bound = enabledAnew
      ? settings.wanted.autoprobe || vf?.driver === DRIVER_NAME
      : vf === undefined || vf.driver !== null
    return bound ? [] : [{ do: 'bind', at, vf: bdf }]
  })
}
