import type { TypeView } from '../../contract/views/type.ts'
import { fieldsOf, type QueryField } from './field.ts'

const field = fieldsOf<TypeView>()

/** Properties of a vGPU type. */
export const TYPE_FIELDS: readonly QueryField<TypeView>[] = [
  field('id,vgpu_type', 'Number.', (type) => type.id),
  field('id.hex', 'Number as nvidia-smi vgpu -s -v prints it.', (type) => `0x${type.id.toString(16)}`),
  field('name', 'Name.', (type) => type.name),
  field('series', 'B, Q, A or C.', (type) => type.series),
  field('class', 'NVS, Quadro or Compute.', (type) => type.class),
  field('license', 'Licences a guest may use.', (type) => type.license),
  field('memory.total,profile_size', 'Size by which GPUs are shared.', (type) => type.profileSizeMiB, 'MiB'),
  field('fb.guest', 'Framebuffer of the guest.', (type) => type.framebufferMiB, 'MiB'),
  field('fb.reservation', 'What of the size the guest does not get.', (type) => type.fbReservationMiB, 'MiB'),
  field('fb.heap', 'Management heap.', (type) => type.gspHeapMiB, 'MiB'),
  field('bar1', 'BAR1 window.', (type) => type.bar1MiB, 'MiB'),
  field('channels', 'Channels of one vGPU under the profile of the host.', (type) => type.channels),
  field('max_instances', 'Most vGPUs of the type on one GPU.', (type) => type.maxInstance),
  field('display.heads', 'Displays.', (type) => type.numHeads),
  field('display.max_resolution', 'Largest display.', (type) => type.maxResolution),
  field('display.max_pixels', 'Pixels all displays share.', (type) => type.maxPixels),
  field('frame_rate_limit', 'Frame rate limit.', (type) => type.frameRateLimit || null, 'FPS'),
  field('ecc', 'Whether guests may have ECC.', (type) => yesNo(type.eccSupported)),
  field('cuda', 'Whether guests may use CUDA.', (type) => yesNo(type.cudaEnabled)),
  field('multi_vgpu', 'Whether a VM may have several.', (type) => yesNo(type.multiVgpuSupported)),
  field('pci.device_id', 'Device id of the boards it is for.', (type) => type.pdevId),
  field('pci.guest_id', 'Device and subsystem id the guest sees.', (type) => type.vdevId),
  field('source', 'catalogue or uploaded.', (type) => type.source),
  field('creatable', 'How many more could be created now, on all GPUs.', (type) =>
    type.gpus.reduce((sum, gpu) => sum + gpu.creatable, 0),
  ),
]

function yesNo(value: boolean): string {
  return value ? 'Yes' : 'No'
}
