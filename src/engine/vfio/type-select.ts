import type { Profile, SelectionCheck } from '../../catalog/profiles.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { RefusalCode } from '../../errors/refusal.ts'
import { shellQuote } from '../../errors/shell-quote.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import type { MigNow } from '../mig/now.ts'
import { creatableIds, type Grid, placementSize, supportedIds } from '../placement/grid.ts'
import { type Occupant, occupants } from '../placement/occupants.ts'
import type { VfState } from '../state.ts'
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
  const [instance] = instancesOf(instanceFacts(facts, type))
  return {
    type,
    placementId: wish.placementId ?? creatableIds(rules.grid, type, taken(facts))[0] ?? null,
    gpuInstanceId: instance?.swizzId ?? null,
  }
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
    if (type.gpuInstanceSize > 0) return placementId === undefined ? null : noPlacementIds(type)
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
    const ids = creatableIds(rules.grid, type, taken(facts))
    const supported = supportedIds(rules.grid, type)
    const underneath = (wanted: readonly number[]) => occupants(wanted, placementSize(type), taken(facts))
    const free = ids.length === 0 ? 'none is free' : `free: ${ids.join(' ')}`
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
      : {
          code: 'invalid-argument',
          message: `${placementId} is not a placement of ${type.vgpuName} (${free})`,
          hint: `nvgpu types show ${type.vgpuType}`,
        }
  },
}

/** The selection of a type, as the search for its GPU instance sees it. */
function instanceFacts({ rules, carriers, vf, gpuInstanceId }: Facts, type: VgpuType): InstanceFacts {
  const tenants = carriers
    .filter((other) => other !== vf)
    .map((other) => ({ gpuInstanceId: other.gpuInstanceId, profileSize: rules.find(other.vgpuType).profileSize }))
  return { bdf: rules.bdf, type, mig: rules.mig, tenants, wanted: gpuInstanceId }
}

function noPlacementIds({ vgpuName, vgpuType }: VgpuType): Refusal {
  return {
    code: 'unsupported',
    message: `${vgpuName} has no placement ids: its place is its GPU instance`,
    hint: `nvgpu types show ${vgpuType}`,
  }
}

/** Slots of the other VFs' types. */
function taken({ carriers, vf, rules }: Facts): Occupant[] {
  const slots: Occupant[] = []
  if (rules.grid.mode === 'none') return slots
  for (const other of carriers) {
    const { placementId, vgpuType } = other
    if (other === vf || placementId === null) continue
    const type = rules.find(vgpuType)
    slots.push({ id: placementId, size: placementSize(type), name: shortTypeName(type.vgpuName) })
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
