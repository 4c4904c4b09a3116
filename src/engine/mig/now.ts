import { creatableIds, placementSize, type Taken } from '../placement/grid.ts'
import { groundInside } from '../placement/ground.ts'
import type { GpuInstanceState } from '../state.ts'
import { type InstanceType, mostPerInstance, needsTimeSlicing } from './most-per-instance.ts'
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

/** A vGPU on a GPU instance. */
export interface Tenant {
  readonly gpuInstanceId: number | null
  readonly placementId: number | null
  readonly type: InstanceType
}

/**
 * The instances that take one more vGPU of a type, ascending by id; the driver takes the first. An instance has the type's profile and
 * is free, or its vGPUs take turns: all of one profile size, and fewer than the type that is there allows; in mixed-size mode, with a
 * place for the type.
 */
export function instancesFor(mig: MigNow, type: InstanceType, tenants: readonly Tenant[]): GpuInstanceState[] {
  const { table } = mig
  if (table === null || !mig.enabled || type.gpuInstanceSize === 0) return []
  const turns = table.canTimeSlice && mig.timeSlicing
  if (!turns && needsTimeSlicing(table, type)) return []
  return mig.instances.filter((instance) => {
    if (instance.profileId !== type.gpuInstanceProfileId) return false
    const there = tenants.filter(({ gpuInstanceId }) => gpuInstanceId === instance.swizzId)
    if (there.length === 0) return true
    if (!turns) return false
    if (instance.heterogeneous) return freeIds(table, type, instance, there).length > 0
    return there.every(
      (other) => other.type.profileSize === type.profileSize && there.length < mostPerInstance(table, other.type),
    )
  })
}

/** The placement ids at which an instance takes one more vGPU, ascending. Sizes are not compared. */
export function freeIds(
  table: MigTable,
  type: InstanceType,
  instance: GpuInstanceState,
  tenants: readonly Tenant[],
): number[] {
  const ground = groundInside(table, type, instance)
  return creatableIds(ground.grid, ground.type, takenInside(table, instance, tenants))
}

/** The slots of an instance that its vGPUs have. */
function takenInside(table: MigTable, instance: GpuInstanceState, tenants: readonly Tenant[]): Taken[] {
  return tenants.flatMap(({ gpuInstanceId, placementId: id, type }) => {
    if (gpuInstanceId !== instance.swizzId || id === null) return []
    const ground = groundInside(table, type, instance)
    return [{ id, size: placementSize(ground.grid, ground.type) }]
  })
}
