import type { SmiView } from '../../engine/smi/view.ts'
import { dateLine } from '../overview.ts'
import { xmlText } from '../xml-text.ts'
import { qNodes } from './q-nodes.ts'
import type { Style } from './style.ts'
import { drawText, drawXml, line } from './tree.ts'

/**
 * `nvidia-smi -q`: the whole log, or the sections of -d.
 * @param parts words of -d; null for everything
 */
export function drawQ(view: SmiView, style: Style, now: Date, parts: readonly string[] | null): string {
  const width = style.label
  const header = [
    ...heading(view, width, now),
    // The misspelling and the eight spaces are NVIDIA's.
    ...(isHost(view) ? ['vGPU Driver Capability', line('        Heterogenous Multi-vGPU', width, 'Supported')] : []),
    '',
    line('Attached GPUs', width, String(view.attached)),
  ]
  const gpus = view.gpus.map((gpu) => {
    const nodes = qNodes(gpu, style, parts ?? [])
    const shown = nodes.filter((node) => (parts === null ? node.onlyAsked !== true : parts.includes(node.part)))
    return `GPU ${gpu.busId}\n${drawText(shown, width, 1)}\n`
  })
  return `${header.join('\n')}\n${gpus.join('')}`
}

/** `nvidia-smi -q -u`: no simulated host has units. The element is named as that of GPUs. */
export function drawUnits(view: SmiView, { label }: Style, now: Date, asXml: boolean): string {
  if (asXml) return `${xmlHead(view, now)}\t<attached_units>0</attached_units>\n</nvidia_smi_log>\n`
  return `${[...heading(view, label, now), '', line('Attached Units', label, '0')].join('\n')}\n`
}

function heading(view: SmiView, width: number, now: Date): string[] {
  return [
    '',
    '==============NVSMI LOG==============',
    '',
    line('Timestamp', width, dateLine(now)),
    line('Driver Version', width, view.driverVersion),
    line('CUDA Version', width, cudaVersion(view)),
  ]
}

/** `nvidia-smi -q -x`. */
export function drawQXml(view: SmiView, style: Style, now: Date): string {
  const capability = isHost(view)
    ? '\t<vgpu_driver_capability>\n\t\t<heterogenous_multivGPU>Supported</heterogenous_multivGPU>\n\t</vgpu_driver_capability>\n'
    : ''
  const gpus = view.gpus.map(
    (gpu) => `\t<gpu id="${xmlText(gpu.busId)}">\n${drawXml(qNodes(gpu, style, []), 2)}\t</gpu>\n\n`,
  )
  return `${xmlHead(view, now, style.dtd)}${capability}\t<attached_gpus>${view.attached}</attached_gpus>
${gpus.join('')}</nvidia_smi_log>
`
}

function xmlHead(view: SmiView, now: Date, dtd?: string): string {
  return [
    '<?xml version="1.0" ?>\n',
    dtd === undefined ? '' : `<!DOCTYPE nvidia_smi_log SYSTEM "${dtd}">\n`,
    '<nvidia_smi_log>\n',
    `\t<timestamp>${dateLine(now)}</timestamp>\n`,
    `\t<driver_version>${xmlText(view.driverVersion)}</driver_version>\n`,
    `\t<cuda_version>${cudaVersion(view)}</cuda_version>\n`,
  ].join('')
}

/** A vGPU host has no CUDA. The values of a bare-metal host are not modelled. */
function cudaVersion(view: SmiView): string {
  return isHost(view) ? 'Not Found' : 'N/A'
}

export function isHost(view: SmiView): boolean {
  return view.gpus.some((gpu) => gpu.vgpuHost)
}
