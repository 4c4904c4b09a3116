import type { GpuInstanceProfileView, GpuInstanceView, MigModeView } from '../contract/views/mig.ts'
import type { View } from './answer.ts'
import { drawSheet } from './sheet.ts'

/** MIG mode of GPUs. */
export const MIG_MODES: View<MigModeView> = {
  kind: 'migModes',
  name: ({ bdf }) => bdf,
  sentence: ({ gpu, bdf, current, pending }) =>
    `MIG of GPU ${gpu} (${bdf}) is ${current.toLowerCase()}${current === pending ? '' : `, and ${pending.toLowerCase()} after its next reset`}`,
  columns: [
    { head: 'GPU', text: ({ gpu }) => String(gpu), right: true },
    { head: 'ADDRESS', text: ({ bdf }) => bdf },
    { head: 'NAME', text: ({ name }) => name, shrink: 0 },
    { head: 'MIG', text: ({ current }) => current },
    { head: 'PENDING', text: ({ pending }) => pending },
    { head: 'GPU INSTANCES', text: ({ gpuInstances }) => String(gpuInstances), right: true },
  ],
  fields: ['gpu', 'bdf', 'uuid', 'name', 'current', 'pending', 'timeSlicing', 'gpuInstances', 'computeInstances'],
}

/** The same, after a change of the turns on GPU instances. */
export const MIG_TIME_SLICING: View<MigModeView> = {
  ...MIG_MODES,
  sentence: ({ gpu, bdf, timeSlicing }) =>
    `time slices on GPU instances of GPU ${gpu} (${bdf}) are ${timeSlicing ? 'on' : 'off'}`,
}

const place = ({ start, size }: { start: number; size: number }) => `${start}:${size}`

/** GPU instances. The name is accepted by the other verbs. */
export const GPU_INSTANCES: View<GpuInstanceView> = {
  kind: 'gpuInstances',
  name: ({ bdf, id }) => `${bdf}/${id}`,
  sentence: ({ gpu, id, profile, placement, computeInstances }) =>
    `GPU instance ${id} on GPU ${gpu}: ${profile.name} (ID ${profile.id}) at ${place(placement)}${
      computeInstances.length === 0 ? '' : `, compute ${computeInstances.map((one) => one.id).join(' ')}`
    }`,
  columns: [
    { head: 'GPU', text: ({ gpu }) => String(gpu), right: true },
    { head: 'ID', text: ({ id }) => String(id), right: true },
    { head: 'PROFILE', text: ({ profile }) => profile.name },
    { head: 'PROFILE ID', text: ({ profile }) => String(profile.id), right: true },
    { head: 'START:SIZE', text: ({ placement }) => place(placement) },
    { head: 'MIB', text: ({ memoryMiB }) => String(memoryMiB ?? '-'), right: true },
    { head: 'SMS', text: ({ multiprocessors }) => String(multiprocessors ?? '-'), right: true },
    { head: 'COMPUTE', text: ({ computeInstances }) => computeInstances.map(({ id }) => id).join(' ') || '-' },
    { head: 'VGPUS', text: ({ vgpus }) => String(vgpus.length), right: true },
    { head: 'MODE', text: ({ vgpuMode }) => vgpuMode, wide: true },
  ],
  fields: [
    ...['gpu', 'bdf', 'id', 'profile.id', 'profile.name', 'placement.start', 'placement.size'],
    ['memoryMiB', 'MiB'],
    ...['multiprocessors', 'engines.copy', 'engines.decoders', 'engines.encoders', 'engines.jpeg', 'engines.ofa'],
    ...['vgpuMode', 'vgpus'],
  ],
}

/** The same, after a change of the mode. */
export const INSTANCE_MODE: View<GpuInstanceView> = {
  ...GPU_INSTANCES,
  sentence: ({ gpu, id, vgpuMode }) => `GPU instance ${id} on GPU ${gpu} is in ${vgpuMode} mode`,
}

/** Everything about each GPU instance. */
export function gpuInstanceSheet(instances: readonly GpuInstanceView[]): string {
  return instances.map(sheetOf).join('\n')
}

function sheetOf(instance: GpuInstanceView): string {
  const { engines } = instance
  return drawSheet([
    {
      rows: [
        ['GPU instance', instance.id],
        ['GPU', `${instance.gpu} (${instance.bdf})`],
        ['Profile', `${instance.profile.name} (${instance.profile.id})`],
        ['Start:size', place(instance.placement)],
        ['Memory', instance.memoryMiB === null ? null : `${instance.memoryMiB} MiB`],
        ['Multiprocessors', instance.multiprocessors],
        [
          'Engines',
          `copy ${engines.copy}, decoders ${engines.decoders}, encoders ${engines.encoders}, JPEG ${engines.jpeg}, OFA ${engines.ofa}`,
        ],
        ['vGPU mode', instance.vgpuMode],
        ['vGPUs', instance.vgpus.join(' ')],
      ],
    },
    {
      title: 'Compute instances',
      rows: instance.computeInstances.map(({ id, profile, placement, multiprocessors, device, uuid }) => [
        `${id}`,
        `${profile.name} (${profile.id}) at ${place(placement)}, ${multiprocessors} SMs, device ${device}, ${uuid}`,
      ]),
    },
  ])
}

/** Profiles of GPU instances. */
export const MIG_PROFILES: View<GpuInstanceProfileView> = {
  kind: 'gpuInstanceProfiles',
  name: ({ name }) => name,
  columns: [
    { head: 'GPU', text: ({ gpu }) => String(gpu), right: true },
    { head: 'PROFILE', text: ({ name }) => name },
    { head: 'ID', text: ({ id }) => String(id), right: true },
    { head: 'FREE', text: ({ free, max }) => `${free}/${max}`, right: true },
    { head: 'MIB', text: ({ memoryMiB }) => String(memoryMiB ?? '-'), right: true },
    { head: 'SMS', text: ({ multiprocessors }) => String(multiprocessors ?? '-'), right: true },
    { head: 'COMPUTE', text: ({ computeProfiles }) => computeProfiles.map(({ name }) => name).join(' '), wide: true },
    { head: 'VGPU TYPES', text: ({ vgpuTypes }) => vgpuTypes.join(' ') || '-', shrink: 0 },
  ],
  fields: [
    ...['gpu', 'bdf', 'id', 'name', 'free', 'max'],
    ['memoryMiB', 'MiB'],
    ...['multiprocessors', 'engines.copy', 'engines.decoders', 'engines.encoders', 'engines.jpeg', 'engines.ofa'],
    ...['starts', 'freeStarts', 'size', 'vgpuTypes'],
  ],
}

/** The same by place. */
export const MIG_PLACEMENTS: View<GpuInstanceProfileView> = {
  ...MIG_PROFILES,
  columns: [
    { head: 'GPU', text: ({ gpu }) => String(gpu), right: true },
    { head: 'PROFILE', text: ({ name }) => name },
    { head: 'ID', text: ({ id }) => String(id), right: true },
    { head: 'STARTS', text: ({ starts }) => starts.join(' ') },
    { head: 'FREE', text: ({ freeStarts }) => freeStarts.join(' ') || '-' },
    { head: 'SIZE', text: ({ size }) => String(size), right: true },
  ],
}
