import type { SmiView } from '../../engine/smi/view.ts'

const LEGEND = `
Legend:

  X    = Self
  SYS  = Connection traversing PCIe as well as the SMP interconnect between NUMA nodes (e.g., QPI/UPI)
  NODE = Connection traversing PCIe as well as the interconnect between PCIe Host Bridges within a NUMA node
  PHB  = Connection traversing PCIe as well as a PCIe Host Bridge (typically the CPU)
  PXB  = Connection traversing multiple PCIe bridges (without traversing the PCIe Host Bridge)
  PIX  = Connection traversing at most a single PCIe bridge
  NV#  = Connection traversing a bonded set of # NVLinks
`

/** `nvidia-smi topo -m`: every GPU is below a root port of its own on one node (580 as captured, without its underline). */
export function drawTopology({ gpus }: SmiView): string {
  const names = gpus.map(({ index }) => `GPU${index}`)
  const head = `\t${[...names, 'CPU Affinity', 'NUMA Affinity', 'GPU NUMA ID'].join('\t')}\n`
  const rows = names.map((name, at) => {
    const links = names.map((_, other) => (other === at ? ' X ' : 'PHB'))
    return `${[name, ...links, '0-15', '0', '', 'N/A'].join('\t')}\n`
  })
  return `${head}${rows.join('')}${LEGEND}`
}
