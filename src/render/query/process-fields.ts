import type { SmiGpuView, SmiVgpuView } from '../../engine/smi/view.ts'
import { fieldsOf, type QueryField } from './field.ts'

/** A VM is the process of each vGPU it has open. */
interface QueriedProcess {
  readonly gpu: SmiGpuView
  readonly vgpu: SmiVgpuView
}

const field = fieldsOf<QueriedProcess>()

/** nvidia-smi's properties of a process. */
export function processFields(): readonly QueryField<QueriedProcess>[] {
  return [
    field('timestamp', 'When the query was made.', () => null),
    field('gpu_name', 'Product name of its GPU.', ({ gpu }) => gpu.name),
    field('gpu_bus_id', 'Address of its GPU.', ({ gpu }) => gpu.busId),
    field('gpu_serial', 'Serial number of its GPU.', () => null),
    field('gpu_uuid', 'UUID of its GPU.', ({ gpu }) => gpu.uuid),
    field('pid', 'Process id.', ({ vgpu }) => vgpu.pid),
    field('process_name,name', 'Name of the process.', () => 'vgpu'),
    field('used_gpu_memory,used_memory', 'Framebuffer it holds.', ({ vgpu }) => vgpu.residentMiB, 'MiB'),
  ]
}
