import { VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_OFFSET, VGPU_CPU_GSP_VGPU_TASK_LOG_BUFF_OFFSET } from '../../abi/vgpu-gsp.ts'
import type { Profile } from '../../catalog/profiles.ts'
import type { Sparse, TaskLogs } from '../state.ts'

/** A log buffer of a vGPU's management heap. */
export interface TaskLog {
  /** suffix of the debugfs file's name, after the VF's address and a dash */
  readonly name: string
  readonly kept: keyof TaskLogs
  /** bytes from the start of the heap */
  readonly offset: number
  readonly size: number
}

/** The heap of a vGPU through its BAR1 mapping. */
interface Heap {
  read(at: number, length: number): Uint8Array
  readSparse(at: number, length: number): Sparse
}

/** The logs in debugfs under a profile's driver; empty without such files. */
export function taskLogs(profile: Profile): TaskLog[] {
  if (!profile.debugfsLogs) return []
  const { initTaskLogSize, vgpuTaskLogSize, kernelLog } = profile
  return [
    {
      name: 'init_task_log',
      kept: 'initTask',
      offset: VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_OFFSET,
      size: initTaskLogSize,
    },
    {
      name: 'vgpu_task_log',
      kept: 'vgpuTask',
      offset: VGPU_CPU_GSP_VGPU_TASK_LOG_BUFF_OFFSET,
      size: vgpuTaskLogSize,
    },
    ...(kernelLog === null ? [] : [{ name: 'kernel_log', kept: 'kernel', ...kernelLog } as const]),
  ]
}

/** Copies the logs out of the heap, before the vGPU is destroyed. */
export function keepLogs(profile: Profile, heap: Heap): TaskLogs {
  const kept: TaskLogs = { initTask: '', vgpuTask: '', kernel: '' }
  for (const log of taskLogs(profile)) kept[log.kept] = heap.readSparse(log.offset, log.size)
  return kept
}

/** The live bytes of a log. */
export function readLog(heap: Heap, { offset, size }: TaskLog): Uint8Array {
  return heap.read(offset, size)
}
