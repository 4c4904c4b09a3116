import type { MoveView } from '../contract/views/plan.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { View } from './answer.ts'
import { moveText, placeOf } from './fit.ts'

/** Migrations on the host, in their order. */
export const MOVES: View<MoveView> = {
  kind: 'moves',
  name: ({ vgpu }) => vgpu,
  columns: [
    { head: 'VGPU', text: ({ vgpu }) => vgpu },
    { head: 'TYPE', text: ({ vgpuType }) => shortTypeName(vgpuType.name) },
    { head: 'FROM', text: ({ from }) => placeOf(from) },
    { head: 'TO', text: ({ to }) => placeOf(to) },
  ],
  fields: [
    'vgpu',
    'name',
    'vgpuType.name',
    'from.gpu',
    'from.placementId',
    'from.gpuInstance',
    'to.gpu',
    'to.placementId',
    'to.gpuInstance',
  ],
  sentence: (move) => `vGPU ${moveText(move)}`,
}
