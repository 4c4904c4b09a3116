import type { SmiGpuView, SmiVgpuView, SmiView } from '../../engine/smi/view.ts'
import { dateLine } from '../overview.ts'
import { lines } from './summary.ts'

/**
 * `nvidia-smi vgpu`: the running vGPUs, 79 characters wide. The third line begins with |--- as the real one does. A
 * board's name keeps 22 characters here, a vGPU's 11, a VM's id 4 and its name 16.
 */
export function drawVgpuSummary(view: SmiView, now: Date): string {
  const title = `NVIDIA-SMI ${view.driverVersion.padEnd(23)}Driver Version: ${view.driverVersion}`
  return lines([
    `${dateLine(now)}       `,
    `+${'-'.repeat(77)}+`,
    `| ${title.padEnd(76)}|`,
    '|---------------------------------+------------------------------+------------+',
    '| GPU  Name                       | Bus-Id                       | GPU-Util   |',
    '|      vGPU ID     Name           | VM ID     VM Name            | vGPU-Util  |',
    '|=================================+==============================+============|',
    ...view.gpus.flatMap((gpu) => [
      row(`${String(gpu.index).padStart(4)}  ${cut(gpu.name, 22)}`, ` ${gpu.busId}`, busy(gpu).padStart(5)),
      ...gpu.vgpus.map(vgpuRow),
      '+---------------------------------+------------------------------+------------+',
    ]),
  ])
}

/** Utilization; a GPU with MIG on and a MIG-backed vGPU have no figure. */
function busy(of: SmiGpuView | SmiVgpuView): string {
  const isMig = 'migMode' in of ? of.migMode === 'Enabled' : of.gpuInstanceId !== null
  return isMig ? 'N/A' : `${of.use.gpu}%`
}

function vgpuRow(vgpu: SmiVgpuView): string {
  return row(
    `      ${String(vgpu.vgpuId).padEnd(12)}${cut(vgpu.name, 11)}`,
    ` ${cut(vgpu.vmUuid, 4).padEnd(7)}  ${cut(vgpu.vmName, 16)}`,
    busy(vgpu).padStart(8),
  )
}

function row(left: string, middle: string, right: string): string {
  return `|${left.padEnd(33)}|${middle.padEnd(30)}|${right.padEnd(12)}|`
}

function cut(text: string, width: number): string {
  return text.length > width + 3 ? `${text.slice(0, width)}...` : text
}
