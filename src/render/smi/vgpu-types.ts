import type { SmiGpuView, SmiTypeView } from '../../engine/smi/view.ts'
import { type Style, VGPU_LABEL } from './style.ts'
import { lines } from './summary.ts'
import { line } from './tree.ts'

/** `nvidia-smi vgpu -s` and `-c`: the names of types under each GPU; with -v all their properties. */
export function drawTypes(
  gpus: readonly { readonly gpu: SmiGpuView; readonly types: readonly SmiTypeView[] }[],
  look: { readonly creatable: boolean; readonly verbose: boolean; readonly style: Style },
): string {
  return gpus
    .map(({ gpu, types }) => {
      const shown = look.creatable ? types.filter((type) => type.creatable) : types
      const rows = look.verbose ? shown.flatMap((type) => block(type, look)) : shown.map((type) => `    ${type.name}`)
      return lines([`GPU ${gpu.busId}`, ...rows])
    })
    .join('')
}

function block(type: SmiTypeView, { creatable, style }: { creatable: boolean; style: Style }): string[] {
  const row = (label: string, value: string | number) => line(`        ${label}`, VGPU_LABEL, String(value))
  const word = (yes: boolean) => (yes ? 'True' : 'False')
  const ids = (list: readonly number[] | null | undefined) => (list && list.length > 0 ? list.join(' ') : 'N/A')
  return [
    // Only this report has it in hexadecimal.
    line('    vGPU Type ID', VGPU_LABEL, `0x${type.id.toString(16)}`),
    row('Name', type.name),
    row('Class', type.class),
    row('GPU Instance Profile ID', type.gpuInstanceProfileId ?? 'N/A'),
    row('Max Instances', type.maxInstance),
    row('Max Instances Per VM', type.maxInstancesPerVm ?? 'N/A'),
    ...(style.release >= 580 ? [row('Max Instances Per GI', type.maxPerGpuInstance ?? 'N/A')] : []),
    row('Multi vGPU Exclusive', word(type.multiVgpuExclusive)),
    row('vGPU Exclusive Type', word(type.exclusiveType)),
    row('vGPU Exclusive Size', word(type.exclusiveSize)),
    row('Device ID', type.deviceId),
    row('Sub System ID', type.subsystemId),
    row('FB Memory', `${type.framebufferMiB} MiB`),
    row('Display Heads', type.numHeads),
    row('Maximum X Resolution', type.maxResolutionX),
    row('Maximum Y Resolution', type.maxResolutionY),
    row('Frame Rate Limit', type.frameRateLimit === 0 ? 'N/A' : `${type.frameRateLimit} FPS`),
    row('GRID License', type.license),
    row('Placement Size', type.placement?.size ?? 'N/A'),
    creatable
      ? row('Creatable Placement IDs', ids(type.creatableIds))
      : row('Supported Placement IDs', ids(type.placement?.supported)),
  ]
}
