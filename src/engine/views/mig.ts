import { instanceMiB, instanceMultiprocessors } from '../../catalog/mig-sizes.ts'
import { typesOfBoard } from '../../catalog/vgpu-types.ts'
import type {
  ComputeInstanceView,
  GpuInstanceProfileView,
  GpuInstanceView,
  MigModeView,
} from '../../contract/views/mig.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import { boardOf } from '../board-of.ts'
import { gpuNumber } from '../hw/pf.ts'
import { gridOf } from '../mig/grid-of.ts'
import type { MigNow } from '../mig/now.ts'
import { freeStarts, remainingInstances } from '../mig/placement.ts'
import { type InstanceProfile, type MigTable, migTableOf, profileById } from '../mig/table.ts'
import { stateAt } from '../select.ts'
import type { GpuInstanceState, GpuState, HostState } from '../state.ts'
import { namedUuid } from '../uuid.ts'
import { eachGpu } from './each-gpu.ts'
import { migState } from './gsp-inside.ts'

/** MIG of a GPU's board; null without MIG. */
export function migOf(gpu: GpuState): MigTable | null {
  return migTableOf(boardOf(gpu), gpuNumber(gpu.bdf))
}

/** MIG of a GPU now. */
export function migNow(gpu: GpuState): MigNow {
  return { table: migOf(gpu), ...migState(gpu) }
}

/** MIG mode of one GPU, or of all. @throws NvError as eachGpu */
export function migModeViews(host: HostState, gpu?: string): MigModeView[] {
  return eachGpu(host, gpu, (index) => [migModeView(host, index)])
}

export function migModeView(host: HostState, index: number): MigModeView {
  const gpu = stateAt(host, index)
  const table = migOf(gpu)
  const { enabled, timeSlicing, instances } = migState(gpu)
  const word = (on: boolean) => (table === null ? 'N/A' : on ? 'Enabled' : 'Disabled')
  return {
    gpu: index,
    bdf: gpu.bdf,
    uuid: gpu.uuid,
    name: boardOf(gpu).marketingName,
    current: word(enabled),
    pending: word(gpu.migPending ?? enabled),
    timeSlicing: table?.canTimeSlice ? timeSlicing : null,
    gpuInstances: instances.length,
    computeInstances: instances.reduce((sum, { computeInstances }) => sum + computeInstances.length, 0),
  }
}

/** GPU instances of one GPU, or of all, by id. @throws NvError as eachGpu */
export function gpuInstanceViews(host: HostState, gpu?: string): GpuInstanceView[] {
  return eachGpu(host, gpu, (index) =>
    migState(stateAt(host, index)).instances.map((instance) => gpuInstanceView(host, index, instance)),
  )
}

export function gpuInstanceView(host: HostState, index: number, instance: GpuInstanceState): GpuInstanceView {
  const gpu = stateAt(host, index)
  const table = migOf(gpu)
  if (table === null) throw new Error(`${gpu.bdf} has no MIG`)
  const profile = profileById(table, instance.profileId)
  const { swizzId, start, size, heterogeneous } = instance
  return {
    gpu: index,
    bdf: gpu.bdf,
    id: swizzId,
    profile: { id: profile.id, name: profile.name },
    placement: { start, size },
    ...sizesOf(gpu, table, profile),
    computeInstances: computeInstanceViews(gpu, table, instance),
    vgpuMode: heterogeneous ? 'heterogeneous' : 'homogeneous',
    vgpus: gpu.vfs.flatMap(({ uuid, gpuInstanceId }) => (uuid !== null && gpuInstanceId === swizzId ? [uuid] : [])),
  }
}

function sizesOf(gpu: GpuState, { profiles }: MigTable, profile: InstanceProfile) {
  const { copyEngines: copy, decoders, encoders, jpeg, ofa } = profile
  return {
    memoryMiB: instanceMiB(profiles, profile, boardOf(gpu).memoryGiB * 1024),
    multiprocessors: instanceMultiprocessors(profiles, profile),
    engines: { copy, decoders, encoders, jpeg, ofa },
  }
}

/** Compute instances of a GPU instance. MIG devices of a GPU are numbered by GPU instance, then by compute instance. */
function computeInstanceViews(gpu: GpuState, table: MigTable, instance: GpuInstanceState): ComputeInstanceView[] {
  const profile = profileById(table, instance.profileId)
  const multiprocessors = instanceMultiprocessors(table.profiles, profile)
  const before = migState(gpu)
    .instances.filter(({ swizzId }) => swizzId < instance.swizzId)
    .reduce((sum, { computeInstances }) => sum + computeInstances.length, 0)
  const slices = Math.max(...profile.compute.map(({ size }) => size))
  return instance.computeInstances.map(({ id, profileId, start, size }, nth) => ({
    id,
    profile: { id: profileId, name: profile.compute.find((known) => known.id === profileId)?.name ?? '' },
    placement: { start, size },
    // each slice has its share, which is ours where no figure is published
    multiprocessors: Math.floor((multiprocessors * size) / slices),
    device: before + nth,
    uuid: migDeviceUuid(gpu.uuid, instance.swizzId, id),
  }))
}

/** UUID of a MIG device: it follows from the GPU and the ids, and its third group begins with 5. */
export function migDeviceUuid(gpuUuid: string, gpuInstance: number, computeInstance: number): string {
  return `MIG-${namedUuid(`${gpuUuid}/${gpuInstance}/${computeInstance}`, 5)}`
}

/** Profiles of GPU instances of one GPU, or of all with MIG, in nvidia-smi's order. @throws NvError as eachGpu */
export function gpuInstanceProfileViews(host: HostState, gpu?: string): GpuInstanceProfileView[] {
  return eachGpu(host, gpu, (index) => {
    const state = stateAt(host, index)
    const table = migOf(state)
    if (table === null) return []
    const grid = gridOf(table, migState(state).instances)
    const types = typesOfBoard(boardOf(state).typeBoard ?? '')
    return table.profiles.map((profile) => ({
      gpu: index,
      bdf: state.bdf,
      id: profile.id,
      name: profile.name,
      free: remainingInstances(grid, profile),
      max: profile.maxInstances,
      ...sizesOf(state, table, profile),
      starts: [...profile.starts],
      freeStarts: freeStarts(grid, profile),
      size: profile.size,
      computeProfiles: profile.compute.map(({ id, name, starts }) => ({ id, name, max: starts.length })),
      vgpuTypes: types
        .filter(({ mig }) => mig?.gpuInstanceProfile === profile.name)
        .map(({ vgpuName }) => shortTypeName(vgpuName)),
    }))
  })
}
