import type { SmiGpuView } from '../engine/smi/view.ts'
import type { HostState } from '../engine/state.ts'
import type { GpuView, HostView, VgpuView } from '../engine/view.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { Metric } from '../render/metrics.ts'
import { VERSION } from './version.ts'

const MiB = 1_048_576
const STATES: readonly VgpuView['state'][] = ['configured', 'running', 'paused', 'migrating', 'failed']

interface Seen {
  readonly host: HostView
  readonly gpus: readonly GpuView[]
  readonly vgpus: readonly VgpuView[]
  /** The GPUs that nvidia-smi sees: their driver and firmware are up. */
  readonly running: readonly SmiGpuView[]
  readonly state: HostState
}

/**
 * Every metric, in base units: bytes, seconds, ratios. Names begin with nvgpu_, counters end with _total; a metric
 * without a sample is left out.
 */
export function metricsOf({ host, gpus, vgpus, running, state }: Seen): Metric[] {
  const ofGpu = (gpu: { index: number; bdf: string }) => ({ gpu: String(gpu.index), bdf: gpu.bdf })
  // one object for all samples of a vGPU
  const labels = new Map(vgpus.map((vgpu) => [vgpu, { gpu: String(vgpu.gpu), vgpu: vgpu.uuid, vf: vgpu.vf }]))
  const ofVgpu = (vgpu: VgpuView) => labels.get(vgpu) ?? {}
  const up = new Set(running.map(({ index }) => index))
  const byState = countByState(vgpus)
  const guests = running.flatMap((gpu) => gpu.vgpus)
  const perGpu = (name: string, help: string, value: (gpu: GpuView) => number) =>
    gauge(`nvgpu_gpu_${name}`, help, gpus, ofGpu, value)
  const perVgpu = (name: string, help: string, value: (vgpu: VgpuView) => number | null) =>
    samples(
      `nvgpu_vgpu_${name}`,
      'gauge',
      help,
      vgpus.flatMap((vgpu) => {
        const known = value(vgpu)
        return known === null ? [] : { labels: ofVgpu(vgpu), value: known }
      }),
    )
  const all = [
    one('nvgpu_build_info', 'Version of nvgpu, with the profile and driver of the host.', 1, {
      version: VERSION,
      profile: host.profile,
      driver: host.driverVersion,
    }),
    one('nvgpu_host_virtual_time_seconds', 'Virtual time of the host.', host.now / 1_000_000),
    one('nvgpu_host_suspended', 'Whether the host is suspended.', Number(host.suspended)),
    one('nvgpu_host_faults_armed', 'Faults that are armed.', host.faults),
    one('nvgpu_host_migrations', 'Migrations that are not settled.', state.migrations.length),
    gauge(
      'nvgpu_gpu_info',
      'A GPU and what it is.',
      gpus,
      (gpu) => ({ ...ofGpu(gpu), uuid: gpu.uuid, name: gpu.name, architecture: gpu.architecture }),
      () => 1,
    ),
    perGpu('up', 'Whether driver and firmware run.', (gpu) => Number(up.has(gpu.index))),
    perGpu('vgpu_support', 'Whether vGPU support is on.', (gpu) => Number(gpu.vgpuSupport.enabled)),
    perGpu('heterogeneous_mode', 'Whether mixed sizes are allowed.', (gpu) =>
      Number(gpu.vgpuMode.current === 'heterogeneous'),
    ),
    perGpu('ecc_mode', 'Whether ECC is on.', (gpu) => Number(gpu.eccMode === 'Enabled')),
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
    samples('nvgpu_gpu_vgpus', 'gauge', 'vGPUs by state.', [
      ...gpus.flatMap((gpu) =>
        STATES.map((name) => ({
          labels: { ...ofGpu(gpu), state: name },
          value: byState.get(`${gpu.index} ${name}`) ?? 0,
        })),
      ),
    ]),
    samples('nvgpu_gpu_utilization_ratio', 'gauge', 'Share of time an engine was busy in the last second.', [
      ...running.flatMap((gpu) =>
        Object.entries(gpu.use).map(([engine, percent]) => ({
          labels: { ...ofGpu(gpu), engine },
          value: percent / 100,
        })),
      ),
    ]),
    samples('nvgpu_gsp_events_total', 'counter', 'Events received from the firmware.', [
      ...state.gpus.flatMap((gpu, index) =>
        Object.entries(gpu.nvkm.events).map(([event, value]) => ({
          labels: { ...ofGpu({ index, bdf: gpu.bdf }), event },
          value,
        })),
      ),
    ]),
    samples('nvgpu_gsp_messages_total', 'counter', 'Queue elements between driver and firmware.', [
      ...state.gpus.flatMap((gpu, index) => [
        { labels: { ...ofGpu({ index, bdf: gpu.bdf }), direction: 'sent' }, value: gpu.nvkm.queue.sent },
        { labels: { ...ofGpu({ index, bdf: gpu.bdf }), direction: 'received' }, value: gpu.nvkm.queue.received },
      ]),
    ]),
    gauge(
      'nvgpu_vgpu_info',
      'A vGPU and what it is.',
      vgpus,
      (vgpu) => ({
        ...ofVgpu(vgpu),
        type: shortTypeName(vgpu.vgpuType.name),
        name: vgpu.name ?? '',
        vm: vgpu.vm ?? '',
        state: vgpu.state,
      }),
      () => 1,
    ),
    perVgpu('running', 'Whether its VM runs.', (vgpu) => Number(vgpu.state === 'running')),
    perVgpu('profile_bytes', 'Size of its type.', (vgpu) => vgpu.profileSizeMiB * MiB),
    perVgpu('framebuffer_bytes', 'Framebuffer of the guest.', (vgpu) => vgpu.framebuffer?.size ?? null),
    perVgpu('channels', 'Channels it holds.', (vgpu) => vgpu.channels?.count ?? null),
    perVgpu('guest_driver_loaded', 'Whether the driver of the guest has loaded.', (vgpu) =>
      vgpu.vm === null ? null : Number(vgpu.guestDriver !== null),
    ),
    samples('nvgpu_vgpu_utilization_ratio', 'gauge', 'Share of an engine a vGPU had in the last second.', [
      ...guests.flatMap((vgpu) =>
        Object.entries(vgpu.use).map(([engine, percent]) => ({
          labels: { gpu: String(vgpu.gpu), vgpu: vgpu.uuid, vf: vgpu.vf, engine },
          value: percent / 100,
        })),
      ),
    ]),
  ]
  return all.filter((metric) => metric.samples.length > 0)
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

function one(name: string, help: string, value: number, labels: Record<string, string> = {}): Metric {
  return samples(name, 'gauge', help, [{ labels, value }])
}

function gauge<T>(
  name: string,
  help: string,
  items: readonly T[],
  labels: (item: T) => Record<string, string>,
  value: (item: T) => number,
): Metric {
  return samples(
    name,
    'gauge',
    help,
    items.map((item) => ({ labels: labels(item), value: value(item) })),
  )
}

function samples(name: string, type: Metric['type'], help: string, list: Metric['samples']): Metric {
  return { name, type, help, samples: list }
}
