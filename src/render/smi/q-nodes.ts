import type { SmiGpuView } from '../../engine/smi/view.ts'
import { supportedClocks } from '../query/other-fields.ts'
import { mib, percent, qFacts } from './q-facts.ts'
import { Q_LAYOUTS } from './q-layout.ts'
import { migDeviceNodes } from './q-mig.ts'
import type { Style } from './style.ts'
import type { Node } from './tree.ts'

/** A node with its section of -d. */
export interface PartNode extends Node {
  readonly part: string
  /** The text has it only if that section is selected. */
  readonly onlyAsked?: true
}

/**
 * The lines of `nvidia-smi -q` for one GPU.
 * @param asked words of -d
 */
export function qNodes(gpu: SmiGpuView, style: Style, asked: readonly string[]): PartNode[] {
  const facts = qFacts(gpu, style)
  const lines = Q_LAYOUTS[style.name].split('\n').filter((text) => text !== '')
  return level(lines, 0, 0).nodes

  /** The nodes of a level from a line on, and the line after them. */
  function level(all: readonly string[], from: number, depth: number): { nodes: PartNode[]; next: number } {
    const nodes: PartNode[] = []
    let at = from
    while (at < all.length) {
      const text = all[at] ?? ''
      const own = text.length - text.trimStart().length
      if (own < depth) break
      const below = level(all, at + 1, depth + 1)
      nodes.push(...nodeOf(text.slice(own), below.nodes))
      at = below.next
    }
    return { nodes, next: at }
  }

  function nodeOf(text: string, children: readonly PartNode[]): PartNode[] {
    if (text === '*') return asked.includes('UTILIZATION') ? samples(gpu) : []
    if (text === '^') return clocks(gpu)
    if (text === '+') return processes(gpu)
    if (text === '@') return migDeviceNodes(gpu, style).map((node) => ({ ...node, part: '' }))
    const [head = '', tag = '', value = '', part = ''] = text.split('|')
    if (head.startsWith(gpu.limitDistance ? '&' : '%')) return []
    const label = head === '-' ? null : head.replace(/^[~%&]/, '')
    const onlyAsked = head.startsWith('~') ? { onlyAsked: true as const } : {}
    const node = { label, tag: tag === '-' ? null : tag, value: null, children, part, ...onlyAsked }
    if (value.startsWith('?')) return facts[value.slice(1)] === '' ? [] : [node]
    if (value === '') return [node]
    if (value.startsWith('!')) return [{ ...node, value: value.slice(1), block: true }]
    const [prefix = '', name] = value.split('=')
    if (name === undefined) return [{ ...node, value }]
    const fact = facts[name] ?? 'N/A'
    return [{ ...node, value: `${prefix}${fact}`, xml: fact }]
  }
}

/** The VMs are the processes of a vGPU host. Text and XML have different shapes. */
function processes(gpu: SmiGpuView): PartNode[] {
  const part = 'PIDS'
  const text = gpu.vgpus.flatMap(({ pid, residentMiB, gpuInstanceId }) => [
    leaf('GPU instance ID', null, String(gpuInstanceId ?? 'N/A')),
    leaf('Compute instance ID', null, 'N/A'),
    leaf('Process ID', null, String(pid), [
      leaf('Type', null, 'C+G'),
      leaf('Name', null, 'vgpu'),
      leaf('Used GPU Memory', null, mib(residentMiB)),
    ]),
  ])
  const xml = gpu.vgpus.map(({ pid, residentMiB, gpuInstanceId }) =>
    leaf(null, 'process_info', null, [
      leaf(null, 'gpu_instance_id', String(gpuInstanceId ?? 'N/A')),
      leaf(null, 'compute_instance_id', 'N/A'),
      leaf(null, 'pid', String(pid)),
      leaf(null, 'type', 'C+G'),
      leaf(null, 'process_name', 'vgpu'),
      leaf(null, 'used_memory', mib(residentMiB)),
    ]),
  )
  return [
    { ...leaf('Processes', null, text.length === 0 ? 'None' : null, text), part },
    { ...leaf(null, 'processes', null, xml), part },
  ]
}

/** The pairs of clocks. The text has them only if -d selects them, in another shape than XML. */
function clocks(gpu: SmiGpuView): PartNode[] {
  const part = 'SUPPORTED_CLOCKS'
  const pairs = supportedClocks(gpu)
  const memory = `${gpu.sensors.maxClocks.memory} MHz`
  const graphics = (label: string | null, tag: string | null) =>
    pairs.map((pair) => leaf(label, tag, `${pair.graphics} MHz`))
  const text = leaf('Memory', null, memory, graphics('Graphics', null))
  const xml = leaf(null, 'supported_mem_clock', null, [
    leaf(null, 'value', memory),
    ...graphics(null, 'supported_graphics_clock'),
  ])
  return [
    { ...leaf('Supported Clocks', null, null, [text]), part, onlyAsked: true },
    { ...leaf(null, 'supported_clocks', null, [xml]), part },
  ]
}

/** The samples that the firmware has sent to the host, one a second. */
function samples(gpu: SmiGpuView): PartNode[] {
  const kinds: readonly (readonly [string, readonly number[]])[] = [
    ['GPU Utilization Samples', gpu.samples.gpu],
    ['Memory Utilization Samples', gpu.samples.memory],
    ['ENC Utilization Samples', gpu.samples.encoder],
    ['DEC Utilization Samples', gpu.samples.decoder],
    // Guests do not use these engines.
    ['JPG Utilization Samples', gpu.samples.gpu.map(() => 0)],
    ['OFA Utilization Samples', gpu.samples.gpu.map(() => 0)],
  ]
  return kinds.map(([label, values]) => {
    const known = values.length > 0
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const children = [
      leaf('Duration', null, known ? `${values.length.toFixed(2)} sec` : 'Not Found'),
      leaf('Number of Samples', null, known ? String(values.length) : 'Not Found'),
      leaf('Max', null, known ? percent(Math.max(...values)) : 'Not Found'),
      leaf('Min', null, known ? percent(Math.min(...values)) : 'Not Found'),
      leaf('Avg', null, known ? percent(Math.round(mean)) : 'Not Found'),
    ]
    return { ...leaf(label, null, null, children), part: 'UTILIZATION' }
  })
}

function leaf(label: string | null, tag: string | null, value: string | null, children: readonly Node[] = []): Node {
  return { label, tag, value, children }
}
