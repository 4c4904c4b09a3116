import type { GpuInstanceState } from '../state.ts'
import type { MigTable } from './table.ts'

/** MIG of a GPU at one moment. */
export interface MigNow {
  /** null without MIG */
  readonly table: MigTable | null
  readonly enabled: boolean
  /** Several vGPUs may share an instance, if the chip can. */
  readonly timeSlicing: boolean
  /** Ascending by id. */
  readonly instances: readonly GpuInstanceState[]
}

/** The members of a type that decide which GPU instances it runs on. */
export interface InstanceType {
  /** slices of a MIG-backed type; 0 for a time-sliced one */
  readonly gpuInstanceSize: number
  readonly gpuInstanceProfileId: number
  readonly profileSize: number
  /** on a GPU */
  readonly maxInstance: number
}

/** A vGPU on a GPU instance. */
export interface Tenant {
  readonly gpuInstanceId: number | null
  readonly profileSize: number
}

/** vGPUs of a type on one instance: its most on a GPU, divided by the most instances of the profile. */
export function mostPerInstance({ profiles }: MigTable, { maxInstance, gpuInstanceProfileId }: InstanceType): number {
  const profile = profiles.find(({ id }) => id === gpuInstanceProfileId)
  return profile === undefined ? 0 : Math.floor(maxInstance / profile.maxInstances)
}

/**
 * The instances that take one more vGPU of a type, ascending by id; the driver takes the first. An instance has the type's profile and
 * is free, or its vGPUs take turns: all of one profile size, and fewer than the type allows.
 */
export function instancesFor(mig: MigNow, type: InstanceType, tenants: readonly Tenant[]): GpuInstanceState[] {
  const { table } = mig
  if (table === null || !mig.enabled || type.gpuInstanceSize === 0) return []
  const turns = table.canTimeSlice && mig.timeSlicing
  return mig.instances.filter(({ swizzId, profileId }) => {
    if (profileId !== type.gpuInstanceProfileId) return false
    const there = tenants.filter(({ gpuInstanceId }) => gpuInstanceId === swizzId)
    if (there.length === 0) return true
    return (
      turns &&
      there.length < mostPerInstance(table, type) &&
      there.every(({ profileSize }) => profileSize === type.profileSize)
    )
  })
}
