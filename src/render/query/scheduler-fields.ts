import type { SmiGpuView } from '../../engine/smi/view.ts'
import { fieldsOf, type QueryField } from './field.ts'

/** A decision of a GPU's scheduler. */
interface QueriedTurn {
  readonly gpu: SmiGpuView
  readonly turn: SmiGpuView['turns'][number]
}

const field = fieldsOf<QueriedTurn>()

/** Properties of a turn in the scheduler's log. NVIDIA's names are not published: these are those of NVML's members. */
export const SCHEDULER_FIELDS: readonly QueryField<QueriedTurn>[] = [
  field('gpu_name', 'Product name of its GPU.', ({ gpu }) => gpu.name),
  field('gpu_bus_id', 'Address of its GPU.', ({ gpu }) => gpu.busId),
  field('gpu_uuid', 'UUID of its GPU.', ({ gpu }) => gpu.uuid),
  field('engine_type', 'Engine that is shared.', () => 'Graphics'),
  field('scheduler_policy', 'Policy of the GPU.', ({ gpu }) => gpu.scheduler.policy),
  field('timestamp', 'When the turn began, in the time of the host.', ({ turn }) => turn.at, 'ns'),
  field('sw_runlist_id', 'Runlist of the vGPU: its guest function id.', ({ turn }) => turn.gfid),
  field('time_run_total', 'Time of the vGPU on the engine in this second.', ({ turn }) => turn.ranTotal, 'ns'),
  field('time_run', 'Of it, in this turn.', ({ turn }) => turn.ran, 'ns'),
  field('target_time_slice', 'Length of the turn it was given.', ({ turn }) => turn.target, 'ns'),
  field('cumulative_preemption_time', 'Time it did not use of its turns.', ({ turn }) => turn.preempted, 'ns'),
]

/** The turns in the logs of some GPUs, oldest first. */
export function turnsOf(gpus: readonly SmiGpuView[]): QueriedTurn[] {
  return gpus.flatMap((gpu) => gpu.turns.map((turn) => ({ gpu, turn })))
}
