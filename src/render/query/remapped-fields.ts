import { fieldsOf, type QueryField } from './field.ts'
import { gpuFields, type QueriedGpu } from './gpu-fields.ts'

const field = fieldsOf<QueriedGpu>()

/** Fields of `--query-remapped-rows`: a line for each GPU. */
export function remappedFields(): readonly QueryField<QueriedGpu>[] {
  return [
    field('gpu_name', 'Product name of the GPU.', ({ gpu }) => gpu.name),
    field('gpu_bus_id', 'Address of the GPU.', ({ gpu }) => gpu.busId),
    field('gpu_serial', 'Serial number of the GPU.', () => null),
    field('gpu_uuid', 'UUID of the GPU.', ({ gpu }) => gpu.uuid),
    ...gpuFields().filter(({ name }) => name.startsWith('remapped_rows.')),
  ]
}
