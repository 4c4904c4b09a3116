import type { VgpuView } from '../../contract/views/vgpu.ts'
import type { SmiVgpuView } from '../../engine/smi/view.ts'
import { fieldsOf, type QueryField } from './field.ts'

/** A configured vGPU; `smi` is present while it runs. */
export interface QueriedVgpu {
  readonly vgpu: VgpuView
  readonly smi: SmiVgpuView | null
}

const field = fieldsOf<QueriedVgpu>()

/** Properties of a vGPU. nvidia-smi has no such query; names follow its query of a GPU and its vGPU report. */
export const VGPU_FIELDS: readonly QueryField<QueriedVgpu>[] = [
  field('vgpu_id', 'Number in nvidia-smi screens, while it runs.', ({ smi }) => smi?.vgpuId ?? null),
  field('uuid,vgpu_uuid', 'UUID.', ({ vgpu }) => vgpu.uuid),
  field('name,vgpu_name', 'Name for people.', ({ vgpu }) => vgpu.name),
  field('state', 'configured, running, paused, migrating or failed.', ({ vgpu }) => vgpu.state),
  field('type.id,vgpu_type', 'Number of its type.', ({ vgpu }) => vgpu.vgpuType.id),
  field('type.name,type', 'Name of its type.', ({ vgpu }) => vgpu.vgpuType.name),
  field('gpu.index', 'GPU it is on.', ({ vgpu }) => vgpu.gpu),
  field('gpu.bus_id', 'Address of that GPU.', ({ vgpu }) => `0000${vgpu.gpuBdf}`.toUpperCase()),
  field('vf.bus_id,vf', 'Address of its VF.', ({ vgpu }) => vgpu.vf),
  field('vf.index', 'Index of its VF.', ({ vgpu }) => vgpu.vfIndex),
  field('gfid', 'Guest function id.', ({ vgpu }) => vgpu.gfid),
  field('vm.name,vm', 'VM that has it open.', ({ vgpu }) => vgpu.vm),
  field('vm.uuid', 'UUID of that VM.', ({ smi }) => smi?.vmUuid ?? null),
  field('vm.pid,pid', 'Process of that VM.', ({ vgpu }) => vgpu.pid),
  field('guest.os', 'Operating system of the guest.', ({ vgpu }) => vgpu.guestOs),
  field('guest.driver_version', 'Driver in the guest, once it has loaded.', ({ vgpu }) => vgpu.guestDriver),
  field('license_status', 'Licence the guest has.', ({ smi }) => smi?.license ?? null),
  field('placement_id', 'First slot.', ({ vgpu }) => vgpu.placementId),
  field('frame_rate_limit', 'Frame rate it is held to.', ({ vgpu }) => vgpu.frameRateLimit, 'FPS'),
  field('ecc.mode.current', 'ECC in the guest.', ({ smi }) => smi?.eccMode ?? null),
  field('guest.pci.bus_id', 'Address inside the guest.', ({ smi }) => smi?.guestBusId ?? null),
  field('fb.address', 'Where its framebuffer begins.', ({ vgpu }) => vgpu.framebuffer?.addr ?? null),
  field('fb.guest', 'Framebuffer of the guest.', ({ vgpu }) => mib(vgpu.framebuffer?.size), 'MiB'),
  field('fb.heap', 'Management heap.', ({ vgpu }) => mib(vgpu.heap?.size), 'MiB'),
  field('memory.total', 'Size of its type.', ({ vgpu }) => vgpu.profileSizeMiB, 'MiB'),
  field('memory.used', 'Of it, in use.', ({ smi }) => smi?.memory.used ?? null, 'MiB'),
  field('memory.free', 'Of it, free.', ({ smi }) => smi?.memory.free ?? null, 'MiB'),
  field('channels.first', 'Its first channel.', ({ vgpu }) => vgpu.channels?.first ?? null),
  field('channels.count', 'How many channels it has.', ({ vgpu }) => vgpu.channels?.count ?? null),
  field('plugin.state', 'State of its plugin task.', ({ vgpu }) => vgpu.plugin?.state ?? null),
  field('utilization.gpu', 'Share of graphics and compute engines.', ({ smi }) => smi?.use.gpu ?? null, '%'),
  field('utilization.memory', 'Share of memory traffic.', ({ smi }) => smi?.use.memory ?? null, '%'),
  field('utilization.encoder', 'Share of the encoders.', ({ smi }) => smi?.use.encoder ?? null, '%'),
  field('utilization.decoder', 'Share of the decoders.', ({ smi }) => smi?.use.decoder ?? null, '%'),
  field('failure', 'What GSP reported on one of its channels.', ({ vgpu }) => vgpu.failure?.text ?? null),
]

function mib(bytes: number | undefined): number | null {
  return bytes === undefined ? null : bytes / 1_048_576
}
