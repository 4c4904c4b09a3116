import { boardOf } from './board-of.ts'
import { gpuNumber } from './hw/pf.ts'
import { knownType } from './known-types.ts'
import { type MigTable, migTableOf } from './mig/table.ts'
import type { GpuState, HostState } from './state.ts'

/** No slot is taken twice, and ids follow from places. */
export function checkInstances(state: HostState, gpu: GpuState): string[] {
  const { enabled, instances } = gpu.gsp.mig
  const table = migTableOf(boardOf(gpu), gpuNumber(gpu.bdf))
  const broken: string[] = []
  if (!enabled && instances.length > 0) broken.push(`${instances.length} GPU instances, and MIG is off`)
  if (enabled && table === null) broken.push('MIG is on, and the board has none')
  for (const [nth, { swizzId, profileId, start, size, computeInstances }] of instances.entries()) {
    const name = `GPU instance ${swizzId}`
    const profile = table?.profiles.find(({ id }) => id === profileId)
    if (profile?.ids[start] !== swizzId || profile.size !== size) broken.push(`${name} is at no place of its profile`)
    if (instances.slice(0, nth).some((other) => other.start < start + size && start < other.start + other.size))
      broken.push(`${name} overlaps another`)
    const slices = computeInstances.flatMap((inside) => Array.from({ length: inside.size }, (_, i) => inside.start + i))
    if (new Set(slices).size < slices.length) broken.push(`compute instances of ${name} overlap`)
  }
  return [...broken, ...checkTenants(state, gpu, table)]
}

/** Each MIG-backed vGPU has an instance of its type, to itself where the chip has no time slices on instances. */
function checkTenants(state: HostState, gpu: GpuState, table: MigTable | null): string[] {
  const { enabled, instances } = gpu.gsp.mig
  const broken: string[] = []
  const held = new Set<number>()
  for (const { index, vgpuType, gpuInstanceId: id } of gpu.vfs) {
    const type = vgpuType === 0 ? undefined : knownType(state, boardOf(gpu), vgpuType)
    if ((id !== null) !== (type !== undefined && type.gpuInstanceSize > 0))
      broken.push(`VF ${index} has GPU instance ${id} and type ${vgpuType}`)
    if (type && enabled !== type.gpuInstanceSize > 0)
      broken.push(`VF ${index} has type ${vgpuType}, and MIG is ${enabled}`)
    if (id === null) continue
    const instance = instances.find(({ swizzId }) => swizzId === id)
    if (instance?.profileId !== type?.gpuInstanceProfileId)
      broken.push(`VF ${index} has GPU instance ${id} of another profile`)
    if (held.has(id) && !table?.canTimeSlice) broken.push(`two vGPUs are on GPU instance ${id}`)
    held.add(id)
  }
  return broken
}
