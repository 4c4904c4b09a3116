import type { MigProfile } from '../../contract/views/mig.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { RefusalCode } from '../../errors/refusal.ts'
import { gridOf } from '../mig/grid-of.ts'
import { instancesFor, type MigNow, type Tenant } from '../mig/now.ts'
import { freeStarts } from '../mig/placement.ts'
import type { GpuInstanceState, VfState } from '../state.ts'
import type { VgpuType } from '../vgpu-mgr/types.ts'

/** A vGPU that is to get a GPU instance. */
export interface InstanceFacts {
  /** Address of the PF. */
  readonly bdf: string
  readonly type: VgpuType
  readonly mig: MigNow
  /** the other vGPUs of the GPU */
  readonly tenants: readonly Tenant[]
  /** the only instance that will do */
  readonly wanted?: number | undefined
}

/** A refusal, and the status of the resource manager's answer if it is not that of the check. */
export interface InstanceRefusal {
  readonly code: RefusalCode
  readonly message: string
  readonly hint: string
  readonly status?: string
}

/** The instances that take the vGPU; the driver takes the first. */
export function instancesOf({ mig, type, tenants, wanted }: InstanceFacts): GpuInstanceState[] {
  return instancesFor(mig, type, tenants).filter(({ swizzId }) => wanted === undefined || swizzId === wanted)
}

/** A MIG-backed type needs an instance of its profile; with MIG on there are no other types. Null if it gets one. */
export function instanceRefusal(facts: InstanceFacts): InstanceRefusal | null {
  const { bdf, type, mig, wanted } = facts
  const { gpuInstanceSize, vgpuName } = type
  const creatable = `nvgpu types list --creatable --gpu ${bdf}`
  if (gpuInstanceSize === 0) {
    const message = `${vgpuName} is time-sliced and MIG is on`
    return mig.enabled ? { code: 'unsupported', message, hint: creatable } : null
  }
  const needs = `${vgpuName} needs a GPU instance`
  if (!mig.enabled) return { code: 'unsupported', message: `${needs} and MIG is off`, hint: `nvgpu mig enable ${bdf}` }
  const profile = mig.table?.profiles.find(({ id }) => id === type.gpuInstanceProfileId)
  const create = creationHint(mig, profile, bdf)
  if (mig.instances.length === 0) return { code: 'no-instance', message: `${needs} and there is none`, hint: create }
  if (instancesOf(facts).length > 0) return null
  const only = wanted === undefined ? 'none is free' : `GPU instance ${wanted} is not one that is free`
  const message = `${needs} ${profile?.name}, and ${only}`
  return {
    code: 'no-instance',
    message,
    hint: wanted === undefined ? create : `nvgpu mig list --gpu ${bdf}`,
    status: 'NV_ERR_INVALID_STATE',
  }
}

/** The command that creates an instance of the profile; where there is no room for one, that which shows the places. */
function creationHint({ table, instances }: MigNow, profile: MigProfile | undefined, bdf: string): string {
  const hasRoom = table !== null && profile !== undefined && freeStarts(gridOf(table, instances), profile).length > 0
  return hasRoom ? `nvgpu mig create ${profile.name} --gpu ${bdf}` : `nvgpu mig placements ${bdf}`
}

/**
 * The checks of a write to gpu_instance_id: a created vGPU moves to another instance of its profile before its VM starts.
 * @throws NvError ENXIO (no vGPU), EBUSY (its VM runs), EIO with the resource manager's status
 */
export function checkInstanceMove(vf: VfState, facts: Omit<InstanceFacts, 'type'> & { type: VgpuType | null }): void {
  const { bdf } = vf
  const at = 'gpu_instance_id_store'
  const { type } = facts
  if (type === null) {
    const message = `${bdf} has no vGPU`
    throw new NvError({ errno: 'ENXIO', code: 'wrong-state', at, message, hint: `nvgpu vf show ${bdf}`, object: bdf })
  }
  if (facts.wanted === vf.gpuInstanceId) return
  if (vf.opened) {
    const message = `${bdf} is open by ${vf.opened.vm}`
    throw new NvError({ errno: 'EBUSY', code: 'busy', at, message, hint: `nvgpu vgpu stop ${bdf}`, object: bdf })
  }
  const refusal =
    type.gpuInstanceSize === 0 || !facts.mig.enabled
      ? { code: 'unsupported' as const, message: `${bdf} is on no GPU instance`, hint: `nvgpu vf show ${bdf}` }
      : instanceRefusal({ ...facts, type })
  if (refusal === null) return
  const { code, message, hint } = refusal
  const status = 'status' in refusal ? refusal.status : undefined
  throw new NvError({
    errno: 'EIO',
    code,
    at,
    message: `${message} (${status ?? 'NV_ERR_INVALID_OPERATION'})`,
    hint,
    object: bdf,
  })
}
