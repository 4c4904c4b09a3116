import type { Change } from '../../contract/views/change.ts'
import type { GpuInstanceView } from '../../contract/views/mig.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Partitions } from '../nvkm/partitions.ts'
import type { GpuInstanceState, GpuState, HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { gpuInstanceView } from '../views/mig.ts'
import { atGpu, changeOf, instanceAt, noInstance, withPartitions } from './at-instance.ts'

/**
 * Destroys GPU instances; none if a vGPU is on one of them.
 * @param request.ids all without them
 * @param request.withCompute their compute instances too, which otherwise refuse it
 * @returns the instances before the change
 * @throws NvError ENODEV (no such instance), EBUSY (a vGPU, or a compute instance)
 */
export function destroyGpuInstances(
  host: HostState,
  request: { gpu?: string; ids?: readonly number[]; withCompute: boolean },
): Change<GpuInstanceView> {
  const { index, gpu } = atGpu(host, request.gpu)
  const found = request.ids?.map((id) => instanceAt(gpu, id)) ?? gpu.gsp.mig.instances
  const chosen = [...new Set(found)].sort((a, b) => a.swizzId - b.swizzId)
  for (const instance of chosen) refuseHeld(gpu, instance, request.withCompute)
  const items = chosen.map((instance) => gpuInstanceView(host, index, instance))
  withPartitions(host, index, (partitions) =>
    takeInOrder((onError) => {
      for (const instance of chosen) takeApart(partitions, instance, onError)
    }),
  )
  return { changed: items.length > 0, items, warnings: items.length > 0 ? [] : [`${gpu.bdf} has no GPU instances`] }
}

/** Frees the compute instances of a GPU instance, then itself; the undo puts all back in their places. */
function takeApart(partitions: Partitions, instance: GpuInstanceState, onError: (giveBack: () => void) => void): void {
  const { swizzId, profileId, start } = instance
  // the undo of several creates them in ascending order again, so each gets its id back
  const inside = [...instance.computeInstances]
  for (const compute of inside.toReversed()) {
    partitions.destroyComputeInstance(swizzId, compute.id)
    onError(() => partitions.createComputeInstance(swizzId, compute))
  }
  partitions.destroyGpuInstance(swizzId)
  onError(() => partitions.createGpuInstance({ profileId, start }))
}

/** Destroys a compute instance. @returns its GPU instance. @throws NvError ENODEV, EBUSY (a vGPU is on the GPU instance) */
export function destroyComputeInstance(
  host: HostState,
  request: { gpu?: string; gpuInstance: number; id: number },
): Change<GpuInstanceView> {
  const { index, gpu } = atGpu(host, request.gpu)
  const instance = instanceAt(gpu, request.gpuInstance)
  if (!instance.computeInstances.some(({ id }) => id === request.id))
    throw noInstance(gpu, `compute instance ${request.id} in GPU instance ${request.gpuInstance}`)
  withPartitions(host, index, (partitions) => partitions.destroyComputeInstance(instance.swizzId, request.id))
  return changeOf(host, index, [instance.swizzId])
}

/** A created vGPU holds its instance, also while its VM is off; that is ours, the driver then only has a count. */
function refuseHeld(gpu: GpuState, { swizzId, computeInstances }: GpuInstanceState, withCompute: boolean): void {
  const vgpus = gpu.vfs.filter(({ vgpuType, gpuInstanceId }) => vgpuType !== 0 && gpuInstanceId === swizzId)
  const [first] = vgpus
  const inside = computeInstances.length
  if (first === undefined && (withCompute || inside === 0)) return
  const holders = first
    ? vgpus.map(({ uuid, bdf }) => uuid ?? bdf).join(', ')
    : inside === 1
      ? 'a compute instance'
      : `${inside} compute instances`
  throw new NvError({
    errno: 'EBUSY',
    code: 'busy',
    at: 'nvidia_mig_destroy',
    message: `GPU instance ${swizzId} of ${gpu.bdf} is in use by another client: ${holders}`,
    hint: first ? `nvgpu vgpu destroy ${first.uuid ?? first.bdf}` : `nvgpu mig destroy ${gpu.bdf}/${swizzId}`,
    object: gpu.bdf,
  })
}
