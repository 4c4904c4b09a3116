import type { DefinitionView } from '../../contract/views/vgpu.ts'
import { wantedVf } from '../definitions/find.ts'
import type { Definition, HostState } from '../state.ts'
import { typeRef } from './words.ts'

export function definitionView(host: HostState, definition: Definition | undefined): DefinitionView | null {
  if (!definition) return null
  const { name, vgpuType, gpu, placementId, start, attrs } = definition
  return {
    name,
    vgpuType: typeRef(host, vgpuType),
    gpuBdf: gpu,
    vf: wantedVf(host, definition),
    placementId,
    start,
    attrs: attrs.map((attr) => ({ ...attr })),
  }
}
