import type { SmiGpuView } from '../../engine/smi/view.ts'
import { fieldsOf, type QueryField } from './field.ts'

export type OtherQuery = 'accounted' | 'retired' | 'clocks'

/** A pair of clocks that a GPU supports, MHz. */
interface Clocks {
  readonly gpu: SmiGpuView
  readonly memory: number
  readonly graphics: number
}

const field = fieldsOf<Clocks>()
const GPU = [
  field('gpu_name', 'Product name of its GPU.', ({ gpu }) => gpu.name),
  field('gpu_bus_id', 'Address of its GPU.', ({ gpu }) => gpu.busId),
  field('gpu_serial', 'Serial number of its GPU.', () => null),
  field('gpu_uuid', 'UUID of its GPU.', ({ gpu }) => gpu.uuid),
]
const empty = (name: string, summary: string, unit = '') => field(name, summary, () => null, unit)

/** Fields of the three smaller queries (nvidia-smi(1)). */
export const OTHER_FIELDS: Readonly<Record<OtherQuery, readonly QueryField<Clocks>[]>> = {
  accounted: [
    ...GPU,
    empty('vgpu_instance', 'vGPU of the process.'),
    empty('pid', 'Process id.'),
    empty('gpu_utilization,gpu_util', 'Share of its life with work on the GPU.', '%'),
    empty('mem_utilization,mem_util', 'Share of its life with memory traffic.', '%'),
    empty('max_memory_usage,max_mem_usage', 'Most framebuffer it held.', 'MiB'),
    empty('time', 'Time it ran.', 'ms'),
  ],
  retired: [
    ...GPU,
    empty('retired_pages.address,address', 'Address of the page.'),
    empty('retired_pages.cause,cause', 'Why it was retired.'),
  ],
  clocks: [
    field('timestamp', 'When the query was made.', () => null),
    ...GPU,
    field('memory,mem', 'Memory clock.', ({ memory }) => memory, 'MHz'),
    field('graphics,gr', 'Graphics clock.', ({ graphics }) => graphics, 'MHz'),
  ],
}

/** Steps between graphics clocks, MHz (H200 as captured). */
const STEP = 15

/** Graphics clocks from the highest down, at the board's one memory clock. */
export function supportedClocks(gpu: SmiGpuView): Clocks[] {
  const { memory, graphics } = gpu.sensors.maxClocks
  const count = Math.floor((graphics - gpu.sensors.minGraphics) / STEP) + 1
  return Array.from({ length: count }, (_, step) => ({ gpu, memory, graphics: graphics - step * STEP }))
}
