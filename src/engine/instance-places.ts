import { boardOf } from './board-of.ts'
import { knownType } from './known-types.ts'
import { freeIds, instancesFor, type Tenant } from './mig/now.ts'
import { stateAt } from './select.ts'
import type { HostState } from './state.ts'
import { migNow } from './views/mig.ts'

/** A GPU instance that takes one more vGPU, and the placement ids that are free in it; none on a chip without turns. */
export interface InstancePlace {
  readonly id: number
  readonly placementIds: readonly number[]
}

/** The GPU instances of a GPU that take one more vGPU of a type, ascending by id. */
export function instancePlaces(host: HostState, index: number, vgpuType: number): InstancePlace[] {
  const gpu = stateAt(host, index)
  const board = boardOf(gpu)
  const mig = migNow(gpu)
  const { table } = mig
  const type = knownType(host, board, vgpuType)
  if (table === null || type === undefined) return []
  const tenants = gpu.vfs.flatMap(({ gpuInstanceId, placementId, vgpuType: id }): Tenant[] => {
    const known = id === 0 ? undefined : knownType(host, board, id)
    return known === undefined ? [] : [{ gpuInstanceId, placementId, type: known }]
  })
  return instancesFor(mig, type, tenants).map((instance) => ({
    id: instance.swizzId,
    placementIds: table.canTimeSlice ? freeIds(table, type, instance, tenants) : [],
  }))
}
