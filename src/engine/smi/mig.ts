import { instanceMultiprocessors } from '../../catalog/mig-sizes.ts'
import type { GpuInstanceView } from '../../contract/views/mig.ts'
import { remainingCompute } from '../mig/compute.ts'
import { type MigTable, profileById } from '../mig/table.ts'
import { stateAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { gpuInstanceProfileViews, gpuInstanceViews, migModeView, migOf } from '../views/mig.ts'
import type { SmiComputeProfile, SmiGpuInstanceView, SmiMemory, SmiMigGpu, SmiVgpuView } from './view.ts'

/** The GPUs of boards with MIG, for `nvidia-smi mig`. */
export function smiMigGpus(host: HostState, indices: readonly number[]): SmiMigGpu[] {
  return indices.flatMap((index) => {
    const { bdf } = stateAt(host, index)
    const table = migOf(stateAt(host, index))
    if (table === null) return []
    const order = new Map(table.profiles.map(({ id }, at) => [id, at]))
    const place = ({ profile }: GpuInstanceView) => order.get(profile.id) ?? 0
    return {
      index,
      bdf,
      enabled: migModeView(host, index).current === 'Enabled',
      profiles: gpuInstanceProfileViews(host, bdf),
      instances: gpuInstanceViews(host, bdf)
        .sort((a, b) => place(a) - place(b) || a.id - b.id)
        .map((instance) => ({ ...instance, computeProfiles: computeProfiles(table, instance) })),
    }
  })
}

function computeProfiles(table: MigTable, { profile, computeInstances }: GpuInstanceView): SmiComputeProfile[] {
  const { compute, ...instance } = profileById(table, profile.id)
  const placed = computeInstances.map(({ placement }) => placement)
  const multiprocessors = instanceMultiprocessors(table.profiles, { ...instance })
  const slices = Math.max(...compute.map(({ size }) => size))
  return compute.map((each) => ({
    ...each,
    free: remainingCompute(placed, each),
    total: remainingCompute([], each),
    isDefault: each.size === slices,
    multiprocessors: Math.floor((multiprocessors * each.size) / slices),
  }))
}

/** The GPU instances of a GPU with their memory: that of their vGPUs is in use. BAR1 is their share of the window, less 1 MiB (captured). */
export function smiGpuInstances(
  host: HostState,
  index: number,
  { bar1, vgpus }: { readonly bar1: SmiMemory; readonly vgpus: readonly SmiVgpuView[] },
): SmiGpuInstanceView[] {
  const gpu = stateAt(host, index)
  const table = migOf(gpu)
  if (table === null) return []
  return gpuInstanceViews(host, gpu.bdf).map((instance) => {
    const total = instance.memoryMiB ?? 0
    const own = vgpus.filter(({ gpuInstanceId }) => gpuInstanceId === instance.id)
    const used = Math.min(
      total,
      own.reduce((sum, { residentMiB }) => sum + residentMiB, 0),
    )
    const window = Math.floor((bar1.total * instance.placement.size) / table.grid) - 1
    return {
      ...instance,
      memory: { total, reserved: 0, used, free: total - used },
      bar1: { total: window, used: 0, free: window },
    }
  })
}
