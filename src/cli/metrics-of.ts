import type { GpuView } from '../contract/views/gpu.ts'
import type { HostView } from '../contract/views/host.ts'
import type { GpuInstanceView } from '../contract/views/mig.ts'
import type { Metric } from '../contract/views/stats.ts'
import type { VgpuView } from '../contract/views/vgpu.ts'
import type { GpuUtilization } from '../engine/smi/facts.ts'
import type { HostState } from '../engine/state.ts'
import { shortTypeName } from '../errors/type-name.ts'
import { VERSION } from './version.ts'

const MiB = 1_048_576
const STATES: readonly VgpuView['state'][] = ['configured', 'running', 'paused', 'migrating', 'failed']

interface Seen {
  readonly host: HostView
  readonly gpus: readonly GpuView[]
  readonly instances: readonly GpuInstanceView[]
  readonly vgpus: readonly VgpuView[]
  /** The GPUs that nvidia-smi sees: their driver and firmware are up. */
  readonly running: readonly GpuUtilization[]
  readonly state: HostState
}

type Labels = Record<string, string>
type Sample = Metric['samples'][number]

/**
 * Every metric, in base units: bytes, seconds, ratios. Names begin with nvgpu_, counters end with _total; a metric
 * without a sample is left out.
 */
export function metricsOf(seen: Seen): Metric[] {
  const all = [...ofHost(seen), ...ofGpus(seen), ...ofFirmware(seen), ...ofVgpus(seen)]
  return all.filter((metric) => metric.samples.length > 0)
}

function ofHost({ host, state }: Seen): Metric[] {
  return [
    one('nvgpu_build_info', 'Version of nvgpu, with the profile and driver of the host.', 1, {
      version: VERSION,
      profile: host.profile,
      driver: host.driverVersion,
    }),
    one('nvgpu_host_virtual_time_seconds', 'Virtual time of the host.', host.now / 1_000_000),
    one('nvgpu_host_suspended', 'Whether the host is suspended.', Number(host.suspended)),
    one('nvgpu_host_faults_armed', 'Faults that are armed.', host.faults),
    one('nvgpu_host_migrations', 'Migrations that are not settled.', state.migrations.length),
  ]
}

function gpuLabels(gpu: { readonly index: number; readonly bdf: string }): Labels {
  return { gpu: String(gpu.index), bdf: gpu.bdf }
}

function instanceSample({ gpu, bdf, id, profile, vgpus }: GpuInstanceView): Sample {
  const labels = { ...gpuLabels({ index: gpu, bdf }), gpu_instance: String(id), profile: profile.name }
  return { labels, value: vgpus.length }
}

function ofGpus({ gpus, instances, vgpus, running }: Seen): Metric[] {
  const up = new Set(running.map(({ index }) => index))
  const byState = countByState(vgpus)
  const perGpu = (
    name: string,
    help: string,
    value: (gpu: GpuView) => number,
    labels: (gpu: GpuView) => Labels = gpuLabels,
  ) =>
    samples(
      `nvgpu_gpu_${name}`,
      help,
      gpus.map((gpu) => ({ labels: labels(gpu), value: value(gpu) })),
    )
  const info = (gpu: GpuView) => ({
    ...gpuLabels(gpu),
    uuid: gpu.uuid,
    name: gpu.name,
    architecture: gpu.architecture,
  })
  const states = gpus.flatMap((gpu) =>
    STATES.map((state) => ({
      labels: { ...gpuLabels(gpu), state },
      value: byState.get(`${gpu.index} ${state}`) ?? 0,
    })),
  )
  return [
    perGpu('info', 'A GPU and what it is.', () => 1, info),
    perGpu('up', 'Whether driver and firmware run.', (gpu) => Number(up.has(gpu.index))),
    perGpu('vgpu_support', 'Whether vGPU support is on.', (gpu) => Number(gpu.vgpuSupport.enabled)),
    perGpu('heterogeneous_mode', 'Whether mixed sizes are allowed.', (gpu) =>
      Number(gpu.vgpuMode.current === 'heterogeneous'),
    ),
    perGpu('ecc_mode', 'Whether ECC is on.', (gpu) => Number(gpu.eccMode === 'Enabled')),
    perGpu('mig_mode', 'Whether MIG is on.', (gpu) => Number(gpu.mig.current === 'Enabled')),
    perGpu('vfs_possible', 'Virtual functions the GPU can have.', (gpu) => gpu.sriov?.totalVfs ?? 0),
    perGpu('vfs_enabled', 'Virtual functions that are enabled.', (gpu) => gpu.sriov?.numVfs ?? 0),
    perGpu('framebuffer_bytes', 'Framebuffer for vGPUs.', (gpu) => gpu.framebuffer.usableMiB * MiB),
    perGpu('framebuffer_used_bytes', 'Of it, held by vGPUs.', (gpu) => gpu.framebuffer.usedMiB * MiB),
    perGpu('framebuffer_largest_free_bytes', 'Largest free run.', (gpu) => gpu.framebuffer.largestFreeMiB * MiB),
    perGpu('channels', 'Channels for vGPUs.', (gpu) => gpu.channels.vgpu.size),
    perGpu('channels_used', 'Of them, held by vGPUs.', (gpu) => gpu.channels.vgpu.used),
    perGpu('bar1_bytes', 'BAR1 window.', (gpu) => gpu.bar1.size),
    perGpu('bar1_used_bytes', 'Of it, mapped.', (gpu) => gpu.bar1.used),
    perGpu('types_uploaded', 'vGPU types the firmware knows.', (gpu) => gpu.gsp.uploadedTypes),
    samples('nvgpu_gpu_vgpus', 'vGPUs by state.', states),
    samples('nvgpu_gpu_instance_vgpus', 'vGPUs of a GPU instance.', instances.map(instanceSample)),
    samples(
      'nvgpu_gpu_utilization_ratio',
      'Share of time an engine was busy in the last second.',
      running.flatMap((gpu) => utilization(gpu.use, gpuLabels(gpu))),
    ),
  ]
}

function ofFirmware({ state }: Seen): Metric[] {
  const gpus = state.gpus.map(({ bdf, nvkm }, index) => ({ labels: gpuLabels({ index, bdf }), nvkm }))
  const events = gpus.flatMap(({ labels, nvkm }) =>
    Object.entries(nvkm.events).map(([event, value]) => ({ labels: { ...labels, event }, value })),
  )
  const messages = gpus.flatMap(({ labels, nvkm: { queue } }) => [
    { labels: { ...labels, direction: 'sent' }, value: queue.sent },
    { labels: { ...labels, direction: 'received' }, value: queue.received },
  ])
  return [
    samples('nvgpu_gsp_events_total', 'Events received from the firmware.', events, 'counter'),
    samples('nvgpu_gsp_messages_total', 'Queue elements between driver and firmware.', messages, 'counter'),
  ]
}

function vgpuLabels({ gpu, uuid, vf }: { readonly gpu: number; readonly uuid: string; readonly vf: string }): Labels {
  return { gpu: String(gpu), vgpu: uuid, vf }
}

function ofVgpus({ vgpus, running }: Seen): Metric[] {
  // one object for all samples of a vGPU
  const labels = vgpus.map((vgpu) => ({ vgpu, labels: vgpuLabels(vgpu) }))
  const perVgpu = (name: string, help: string, value: (vgpu: VgpuView) => number | null) =>
    samples(
      `nvgpu_vgpu_${name}`,
      help,
      labels.flatMap(({ vgpu, labels }) => {
        const known = value(vgpu)
        return known === null ? [] : { labels, value: known }
      }),
    )
  const info = labels.map(({ vgpu, labels }) => ({
    labels: {
      ...labels,
      type: shortTypeName(vgpu.vgpuType.name),
      name: vgpu.name ?? '',
      vm: vgpu.vm ?? '',
      state: vgpu.state,
    },
    value: 1,
  }))
  return [
    samples('nvgpu_vgpu_info', 'A vGPU and what it is.', info),
    perVgpu('running', 'Whether its VM runs.', (vgpu) => Number(vgpu.state === 'running')),
    perVgpu('profile_bytes', 'Size of its type.', (vgpu) => vgpu.profileSizeMiB * MiB),
    perVgpu('framebuffer_bytes', 'Framebuffer of the guest.', (vgpu) => vgpu.framebuffer?.size ?? null),
    perVgpu('channels', 'Channels it holds.', (vgpu) => vgpu.channels?.count ?? null),
    perVgpu('guest_driver_loaded', 'Whether the driver of the guest has loaded.', (vgpu) =>
      vgpu.vm === null ? null : Number(vgpu.guestDriver !== null),
    ),
    samples(
      'nvgpu_vgpu_utilization_ratio',
      'Share of an engine a vGPU had in the last second.',
      running.flatMap((gpu) => gpu.vgpus.flatMap((vgpu) => utilization(vgpu.use, vgpuLabels(vgpu)))),
    ),
  ]
}

function utilization(use: object, labels: Labels): Sample[] {
  return Object.entries(use).map(([engine, percent]) => ({ labels: { ...labels, engine }, value: percent / 100 }))
}

/** Number of vGPUs by GPU index and state. */
function countByState(vgpus: readonly VgpuView[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { gpu, state } of vgpus) {
    const key = `${gpu} ${state}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

function one(name: string, help: string, value: number, labels: Labels = {}): Metric {
  return samples(name, help, [{ labels, value }])
}

function samples(name: string, help: string, list: Metric['samples'], type: Metric['type'] = 'gauge'): Metric {
  return { name, type, help, samples: list }
}
