import type { SmiGpuView } from '../../engine/smi/view.ts'
import { VGPU_LABEL } from './style.ts'
import { lines } from './summary.ts'
import { line } from './tree.ts'

/** `nvidia-smi vgpu -ghm`: whether sizes mix, for each GPU instance under its GPU. */
export function drawInstanceModes(gpus: readonly SmiGpuView[]): string {
  return gpus
    .map(({ busId, gpuInstances }) =>
      lines([
        `GPU ${busId}`,
        ...gpuInstances.flatMap(({ id, vgpuMode }) => [
          line('    GPU Instance ID', VGPU_LABEL, String(id)),
          line('        vGPU Heterogeneous Mode', VGPU_LABEL, vgpuMode === 'heterogeneous' ? 'Enabled' : 'Disabled'),
        ]),
      ]),
    )
    .join('')
}
