import type { Change } from '../../contract/views/change.ts'
import type { GpuInstanceView } from '../../contract/views/mig.ts'
import { NvError } from '../../errors/nv-error.ts'
import { computeName, profileNamed } from '../mig/names.ts'
import { type MigTable, profileById } from '../mig/table.ts'
import type { GpuInstanceState, GpuState, HostState } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import { atGpu, changeOf, instanceAt, withPartitions } from './at-instance.ts'

/** A wish for a GPU or compute instance: profile by name or id, and the start if it matters. */
export interface InstanceRequest {
  readonly profile: string
  readonly start?: number
}

export interface CreateInstances {
  gpu?: string
  instances: readonly InstanceRequest[]
  /** Each gets the compute instance that takes all of it. */
  compute: boolean
}

/**
 * Creates GPU instances in order, all or none.
 * @throws NvError EOPNOTSUPP (MIG is off), EINVAL (profile, start), ENOSPC (no place, or no media engines), EBUSY (the GPU is in use)
 */
export function createGpuInstances(host: HostState, request: CreateInstances): Change<GpuInstanceView> {
  const { index, gpu, table } = atGpu(host, request.gpu)
  const wishes = request.instances.map(({ profile, start = null }) => ({
    profile: profileNamed(table.profiles, profile, `nvgpu mig profiles ${gpu.bdf}`),
    start,
  }))
  const made = withPartitions(host, index, (partitions) =>
    takeInOrder((onError) =>
      wishes.map(({ profile, start }) => {
        const id = asked(gpu, onGpu(gpu, table), profile.name, () =>
          partitions.createGpuInstance({ profileId: profile.id, start }),
        )
        onError(() => partitions.destroyGpuInstance(id))
        if (request.compute) {
          const full = profile.compute.at(-1)?.id ?? 0
          const compute = asked(gpu, onGpu(gpu, table), profile.name, () =>
            partitions.createComputeInstance(id, { profileId: full, start: null }),
          )
          onError(() => partitions.destroyComputeInstance(id, compute))
        }
        return id
      }),
    ),
  )
  return changeOf(host, index, made)
}

/**
 * Creates compute instances in a GPU instance, all or none. Without a profile: the one that takes all of it.
 * @throws NvError as createGpuInstances, ENODEV (no such GPU instance)
 */
export function createComputeInstances(
  host: HostState,
  request: { gpu?: string; gpuInstance: number; instances: readonly Partial<InstanceRequest>[] },
): Change<GpuInstanceView> {
  const { index, gpu, table } = atGpu(host, request.gpu)
  const instance = instanceAt(gpu, request.gpuInstance)
  const { compute } = profileById(table, instance.profileId)
  const full = compute.at(-1)?.name ?? ''
  const wishes = request.instances.map(({ profile = full, start = null }) => ({
    profile: profileNamed(compute, computeName(full, profile), 'nvgpu mig list'),
    start,
  }))
  withPartitions(host, index, (partitions) =>
    takeInOrder((onError) => {
      for (const { profile, start } of wishes) {
        const id = asked(gpu, inInstance(gpu, instance), profile.name, () =>
          partitions.createComputeInstance(instance.swizzId, { profileId: profile.id, start }),
        )
        onError(() => partitions.destroyComputeInstance(instance.swizzId, id))
      }
    }),
  )
  return changeOf(host, index, [instance.swizzId])
}

/** The instances that may be in the way of a new one, as text, and the command that shows them. */
interface Place {
  readonly there: () => string[]
  readonly hint: string
}

function onGpu({ gsp, bdf }: GpuState, table: MigTable): Place {
  return {
    there: () =>
      gsp.mig.instances.map(
        ({ swizzId, profileId, start, size }) =>
          `${profileById(table, profileId).name} (ID ${swizzId}) at ${start}:${size}`,
      ),
    hint: `nvgpu mig placements ${bdf}`,
  }
}

function inInstance(gpu: GpuState, { swizzId, computeInstances }: GpuInstanceState): Place {
  return {
    there: () => computeInstances.map(({ id, start, size }) => `compute instance ${id} at ${start}:${size}`),
    hint: `nvgpu mig show ${gpu.bdf}/${swizzId}`,
  }
}

/** Asks the resource manager for an instance; its refusals in the words of nvidia-smi. */
function asked(gpu: GpuState, { there, hint }: Place, name: string, ask: () => number): number {
  try {
    return ask()
  } catch (error) {
    if (!(error instanceof NvError) || error.code !== 'firmware-refusal') throw error
    const short = error.errno === 'ENOSPC'
    const others = short ? there() : []
    const words = short
      ? `Insufficient Resources${others.length === 0 ? '' : `; there: ${others.join(', ')}`}`
      : error.errno === 'EBUSY'
        ? 'In use by another client'
        : error.message
    throw new NvError({
      errno: error.errno,
      code: short ? 'no-instance' : error.errno === 'EBUSY' ? 'busy' : error.code,
      at: 'nvidia_mig_create',
      message: `no instance ${name} on ${gpu.bdf}: ${words}`,
      hint,
      object: gpu.bdf,
      cause: error,
    })
  }
}
