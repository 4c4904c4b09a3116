import type { Profile, SelectionCheck } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { RefusalCode } from '../../errors/refusal.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { MigNow } from '../mig/now.ts'
import { creatableIds, type Grid, placementSize, supportedIds } from '../placement/grid.ts'
import { groundOf } from '../placement/ground.ts'
import { type Occupant, occupants } from '../placement/occupants.ts'
import type { GpuInstanceState, VfState } from '../state.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'
import { type InstanceFacts, instanceRefusal, instancesOf } from './instance-select.ts'

const AT = 'current_vgpu_type_store'

/** The type to select for a VF; null ids on a grid without placement, and outside MIG. */
export interface Selection {
  type: VgpuType
  placementId: number | null
  gpuInstanceId: number | null
}

/** The wanted place of a vGPU; by default the first that takes it. */
export interface PlaceWish {
  readonly placementId?: number | undefined
  readonly gpuInstanceId?: number | undefined
}

/** The VFs of a PF and the rules for sharing it. */
export interface SelectionRules {
  /** Address of the PF. */
  bdf: string
  vfs: readonly VfState[]
  profile: Pick<Profile, 'sharing' | 'selection'>
  grid: Grid
  mig: MigNow
  /** @throws NvError ENODEV for an id unknown to the GPU */
  find(vgpuType: number): VgpuType
}

/**
 * The checks of a write to current_vgpu_type, in the profile's order and with its errno. Selecting the VF's current
 * type again, where allowed, does not count as another instance (the posted code counts it twice).
 * @param vgpuType 0 deselects the type
 * @returns the new selection, or null when the selection is unchanged or removed
 * @throws NvError of the profile's row
 */
export function checkTypeSelection(
  vf: VfState,
  vgpuType: number,
  rules: SelectionRules,
  wish: PlaceWish = {},
): Selection | null {
  const { selection, sharing } = rules.profile
  const facts: Facts = { vf, vgpuType, ...wish, rules, sharing, carriers: carriersOf(rules.vfs) }
  for (const { check, errno, status } of vgpuType === 0 ? selection.release : selection.choose) {
    const refusal = CHECKS[check](facts)
    if (!refusal) continue
    const { code, message, hint } = refusal
    const answer = status && (refusal.status ?? status)
    throw new NvError({
      errno,
      code,
      at: AT,
      message: answer === undefined ? message : `${message} (${answer})`,
      hint,
      object: vf.bdf,
    })
  }
  if (vgpuType === 0 || vgpuType === vf.vgpuType) return null
  const type = rules.find(vgpuType)
  const instances = instancesOf(instanceFacts(facts, type))
  const instance = instances.find((known) => hasPlace(facts, type, known))
  return {
    type,
    placementId: wish.placementId ?? freeIdsOf(facts, type, instance)[0] ?? null,
    gpuInstanceId: instance?.swizzId ?? null,
  }
}

/** Whether an instance has the wished placement id free. */
function hasPlace(facts: Facts, type: VgpuType, instance: GpuInstanceState): boolean {
  return facts.placementId === undefined || freeIdsOf(facts, type, instance).includes(facts.placementId)
}

/** The free placement ids of a type on its GPU, or inside a GPU instance; none where there are no ids. */
function freeIdsOf(facts: Facts, type: VgpuType, instance: GpuInstanceState | undefined): number[] {
  const { grid, mig } = facts.rules
  const ground = groundOf(grid, mig.table, type, instance)
  return creatableIds(ground.grid, ground.type, taken(facts, instance))
}

interface Facts {
  vf: VfState
  vgpuType: number
  placementId?: number | undefined
  gpuInstanceId?: number | undefined
  rules: SelectionRules
  sharing: Profile['sharing']
  /** VFs that have a type, this one among them */
  carriers: readonly VfState[]
}

interface Refusal {
  code: RefusalCode
  message: string
  hint: string
  /** Status of the resource manager's answer, if it is not that of the check. */
  status?: string
}

const creatable = ({ bdf }: SelectionRules) => `nvgpu types list --creatable --gpu ${bdf}`
const fit = ({ vgpuName }: VgpuType) => `nvgpu fit ${shellQuote(shortTypeName(vgpuName))}`

/** All checks of the profiles; null means passed. */
const CHECKS: Readonly<Record<SelectionCheck, (facts: Facts) => Refusal | null>> = {
  closed: ({ vf }) =>
    vf.opened && {
      code: 'busy',
      message: `${vf.bdf} is open by ${vf.opened.vm}`,
      hint: `nvgpu vgpu stop ${vf.bdf}`,
    },

  empty: ({ vf, rules }) =>
    vf.vgpuType === 0
      ? null
      : {
          code: 'busy',
          message: `${vf.bdf} has a vGPU already, ${rules.find(vf.vgpuType).vgpuName}`,
          hint: `nvgpu vgpu destroy ${vf.bdf}`,
        },

  chosen: ({ vf }) =>
    vf.vgpuType === 0
      ? { code: 'wrong-state', message: `${vf.bdf} has no vGPU to delete`, hint: `nvgpu vf show ${vf.bdf}` }
      : null,

  unchanged: ({ vf, vgpuType, rules }) =>
    vf.vgpuType === 0 || vf.vgpuType === vgpuType
      ? null
      : {
          code: 'busy',
          message: `${vf.bdf} has ${rules.find(vf.vgpuType).vgpuName}; deselect that type first`,
          hint: `nvgpu vgpu destroy ${vf.bdf}`,
        },

  known({ rules, vgpuType }) {
    try {
      rules.find(vgpuType)
      return null
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      return { code: error.code, message: error.message, hint: `nvgpu types list --gpu ${rules.bdf}` }
    }
  },

  mig: (facts) => instanceRefusal(instanceFacts(facts, facts.rules.find(facts.vgpuType))),

  sharing({ rules, vgpuType, sharing, carriers }) {
    const type = rules.find(vgpuType)
    if (rules.grid.mode === 'mixed-size' || type.gpuInstanceSize > 0) return null
    for (const { vgpuType: id } of carriers) {
      const odd = id === type.vgpuType ? type : rules.find(id)
      if (odd === type || mayShare(sharing, odd, type)) continue
      return {
        code: 'type-mismatch',
        message: `this GPU carries ${odd.vgpuName} (${carriers.length} of ${odd.maxInstance}); ${type.vgpuName} cannot join it${rules.grid.canMix ? ' outside heterogeneous mode' : ''}`,
        hint: fit(type),
      }
    }
    return null
  },

  instances({ rules, vgpuType, vf, carriers }) {
    const type = rules.find(vgpuType)
    if (rules.grid.mode === 'mixed-size' || type.gpuInstanceSize > 0) return null
    const { maxInstance, vgpuName } = type
    const others = vf.vgpuType === 0 ? carriers.length : carriers.length - 1
    return others >= maxInstance
      ? {
          code: 'max-instances',
          message: `this GPU carries ${others === 1 ? 'a vGPU' : `${others} vGPUs`} and ${vgpuName} allows ${maxInstance === 1 ? 'one' : maxInstance}`,
          hint: fit(type),
        }
      : null
  },

  placement(facts) {
    const { rules, vgpuType, placementId } = facts
    const type = rules.find(vgpuType)
    if (type.gpuInstanceSize > 0) return placeInInstance(facts, type)
    if (rules.grid.mode === 'none') {
      return placementId === undefined
        ? null
        : {
            code: 'unsupported',
            message: 'placement ids exist in heterogeneous mode only',
            hint:
              rules.grid.canMix && facts.carriers.length === 0
                ? `nvgpu gpu mode heterogeneous --gpu ${rules.bdf}`
                : `nvgpu gpu show ${rules.bdf}`,
          }
    }
    const { ids, supported, underneath, free } = placesOf(facts, type, undefined)
    if (placementId === undefined) {
      return ids.length > 0
        ? null
        : {
            code: 'max-instances',
            message: `no placement of ${type.vgpuName} is free on this GPU: ${underneath(supported)}`,
            hint: fit(type),
          }
    }
    if (ids.includes(placementId)) return null
    return supported.includes(placementId)
      ? {
          code: 'busy',
          message: `placement ${placementId} of ${type.vgpuName} is taken: ${underneath([placementId])} (${free})`,
          hint: creatable(rules),
        }
      : noSuchPlace(type, placementId, free)
  },
}

function noSuchPlace({ vgpuName, vgpuType }: VgpuType, placementId: number, free: string): Refusal {
  return {
    code: 'invalid-argument',
    message: `${placementId} is not a placement of ${vgpuName} (${free})`,
    hint: `nvgpu types show ${vgpuType}`,
  }
}

/** The wished placement id inside a GPU instance, which chips have whose vGPUs take turns there. */
function placeInInstance(facts: Facts, type: VgpuType): Refusal | null {
  const { rules, placementId } = facts
  if (placementId === undefined) return null
  if (!rules.mig.table?.canTimeSlice) return noPlacementIds(type)
  const instances = instancesOf(instanceFacts(facts, type))
  if (instances.some((instance) => hasPlace(facts, type, instance))) return null
  const places = instances.map((instance) => ({ instance, ...placesOf(facts, type, instance) }))
  const own = places.find(({ supported }) => supported.includes(placementId))
  if (own === undefined) return noSuchPlace(type, placementId, places[0]?.free ?? 'none is free')
  const where = `placement ${placementId} of ${type.vgpuName} in GPU instance ${own.instance.swizzId}`
  return {
    code: 'busy',
    message: `${where} is taken: ${own.underneath([placementId])} (${own.free})`,
    hint: creatable(rules),
  }
}

/** The placement ids of a type on its GPU or in an instance, and what is in the way. */
function placesOf(facts: Facts, type: VgpuType, instance: GpuInstanceState | undefined) {
  const ground = groundOf(facts.rules.grid, facts.rules.mig.table, type, instance)
  const ids = freeIdsOf(facts, type, instance)
  const size = placementSize(ground.grid, ground.type)
  return {
    ids,
    supported: supportedIds(ground.grid, ground.type),
    underneath: (wanted: readonly number[]) => occupants(wanted, size, taken(facts, instance)),
    free: ids.length === 0 ? 'none is free' : `free: ${ids.join(' ')}`,
  }
}

/** The selection of a type, as the search for its GPU instance sees it. */
function instanceFacts({ rules, carriers, vf, gpuInstanceId }: Facts, type: VgpuType): InstanceFacts {
  const tenants = carriers
    .filter((other) => other !== vf)
    .map((other) => ({
      gpuInstanceId: other.gpuInstanceId,
      placementId: other.placementId,
      type: rules.find(other.vgpuType),
    }))
  return { bdf: rules.bdf, type, mig: rules.mig, tenants, wanted: gpuInstanceId }
}

function noPlacementIds({ vgpuName, vgpuType }: VgpuType): Refusal {
  return {
    code: 'unsupported',
    message: `${vgpuName} has no placement ids: its place is its GPU instance`,
    hint: `nvgpu types show ${vgpuType}`,
  }
}

/** Slots of the other VFs' types: of the GPU, or of those in an instance. */
function taken({ carriers, vf, rules }: Facts, instance: GpuInstanceState | undefined): Occupant[] {
  const slots: Occupant[] = []
  if (rules.grid.mode === 'none' && instance === undefined) return slots
  for (const other of carriers) {
    const { placementId, vgpuType, gpuInstanceId } = other
    if (other === vf || placementId === null || gpuInstanceId !== (instance?.swizzId ?? null)) continue
    const type = rules.find(vgpuType)
    const ground = groundOf(rules.grid, rules.mig.table, type, instance)
    slots.push({ id: placementId, size: placementSize(ground.grid, ground.type), name: shortTypeName(type.vgpuName) })
  }
  return slots
}

function carriersOf(vfs: readonly VfState[]): VfState[] {
  const carriers: VfState[] = []
  for (const vf of vfs) if (vf.vgpuType !== 0) carriers.push(vf)
  return carriers
}

function mayShare(sharing: Profile['sharing'], a: VgpuType, b: VgpuType): boolean {
  return sharing === 'same-size' ? a.profileSize === b.profileSize : a.vgpuType === b.vgpuType
}
