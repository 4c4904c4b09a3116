import { profileOf } from '../../catalog/profiles.ts'
import type { Change } from '../../contract/views/change.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { free } from '../capacity.ts'
import { matching, wantedVf } from '../definitions/find.ts'
import { vfAt, vgpuBy } from '../lookup.ts'
import { mergeChanges } from '../merge-changes.ts'
import { requireNotSuspended } from '../not-suspended.ts'
import { searchVgpu } from '../select.ts'
import type { Definition, HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { createVgpu, destroyVgpus, startVgpus, type Targets } from './vgpus.ts'

export interface StartRequest extends Targets {
  vm?: string
  vmUuid?: string
  /** VFs for the vGPUs to create, by UUID. */
  at?: Readonly<Record<string, string>>
}

/** Opens configured vGPUs and creates named ones that are only defined, all or none. */
export function startNamed(host: HostState, targets: StartRequest): Change<VgpuView> {
  requireNotSuspended(host)
  const defined = targets.all ? [] : targets.selectors.flatMap((selector) => absent(host, selector) ?? [])
  if (defined.length === 0) return startVgpus(host, targets)
  return takeInOrder((onError) => {
    const changes = targets.selectors.map((selector) => {
      const definition = absent(host, selector)
      if (!definition) return startVgpus(host, { ...targets, selectors: [selector] })
      const change = startDefined(host, definition, targets)
      onError(() => destroyVgpus(host, { selectors: [definition.uuid] }))
      return change
    })
    return mergeChanges(changes)
  })
}

/**
 * Creates the vGPU of a definition, on its preferred VF if that is free, else on another VF of its GPU.
 * @throws NvError as createVgpu
 */
export function startDefined(
  host: HostState,
  definition: Definition,
  { vm, vmUuid, at = {} }: Pick<StartRequest, 'vm' | 'vmUuid' | 'at'> = {},
): Change<VgpuView> {
  const { uuid, name, vgpuType, gpu, placementId, attrs } = definition
  const wanted = wantedVf(host, definition)
  const preferred = freeAt(host, wanted) ? wanted : null
  const vf = at[uuid] ?? preferred
  const change = createVgpu(host, {
    type: String(vgpuType),
    gpu,
    uuid,
    start: true,
    attrs,
    ...(name === null ? {} : { name }),
    ...(vf === null ? {} : { vf }),
    ...(placementId === null ? {} : { placementId }),
    ...(vm === undefined ? {} : { vm }),
    ...(vmUuid === undefined ? {} : { vmUuid }),
  })
  const [item] = change.items
  if (wanted === null || item === undefined || item.vf === wanted) return change
  return { ...change, warnings: [...change.warnings, `vGPU ${uuid} is on ${item.vf}: ${wanted} is not free`] }
}

/** The definition that a selector names, when no configured vGPU has that name. */
function absent(host: HostState, selector: string): Definition | undefined {
  const definition = matching(host, selector)
  if (!definition || vgpuBy(host, 'uuid', definition.uuid)) return undefined
  return answers(host, selector) ? undefined : definition
}

function answers(host: HostState, selector: string): boolean {
  try {
    return searchVgpu(host, selector) !== undefined
  } catch {
    return false
  }
}

function freeAt(host: HostState, bdf: string | null): boolean {
  const at = bdf === null ? undefined : vfAt(host, bdf)
  return at !== undefined && free(at.vf, profileOf(host))
}
