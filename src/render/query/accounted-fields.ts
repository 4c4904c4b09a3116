import type { SmiGpuView, SmiVgpuView } from '../../engine/smi/view.ts'
import { fieldsOf, type QueryField } from './field.ts'

/** A guest's process that its vGPU accounts for. */
export interface AccountedProcess {
  readonly gpu: SmiGpuView
  readonly vgpu: SmiVgpuView
  readonly pid: number
}

const field = fieldsOf<AccountedProcess>()

/** Fields of `vgpu --query-accounted-apps`. A running process has no time yet. */
export const ACCOUNTED_FIELDS: readonly QueryField<AccountedProcess>[] = [
  field('gpu_name', 'Product name of its GPU.', ({ gpu }) => gpu.name),
  field('gpu_bus_id', 'Address of its GPU.', ({ gpu }) => gpu.busId),
  field('gpu_serial', 'Serial number of its GPU.', () => null),
  field('gpu_uuid', 'UUID of its GPU.', ({ gpu }) => gpu.uuid),
  field('vgpu_instance', 'vGPU of the process.', ({ vgpu }) => vgpu.vgpuId),
  field('pid', 'Process id in the guest.', ({ pid }) => pid),
  field('gpu_utilization,gpu_util', 'Share of its life with work on the GPU.', ({ vgpu }) => vgpu.use.gpu, '%'),
  field('mem_utilization,mem_util', 'Share of its life with memory traffic.', ({ vgpu }) => vgpu.use.memory, '%'),
  field('max_memory_usage,max_mem_usage', 'Most framebuffer it held.', ({ vgpu }) => vgpu.memory.used, 'MiB'),
  field('time', 'Time it ran.', () => 0, 'ms'),
]

/** The accounted processes of the guests of some GPUs. */
export function accountedProcesses(gpus: readonly SmiGpuView[]): AccountedProcess[] {
  return gpus.flatMap((gpu) =>
    gpu.vgpus.flatMap((vgpu) =>
      vgpu.accounting && vgpu.process !== null ? [{ gpu, vgpu, pid: vgpu.process.pid }] : [],
    ),
  )
}
