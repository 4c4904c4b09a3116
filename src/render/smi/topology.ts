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

const PEER_LEGEND = `
Legend:

  X    = Self
  OK   = Status Ok
  CNS  = Chipset not supported
  GNS  = GPU not supported
  TNS  = Topology not supported
  NS   = Not supported
  U    = Unknown
`

/**
 * `nvidia-smi topo -m`: every GPU is below a root port of its own on one host bridge, and near the processors that sysfs has in
 * local_cpulist (580 as captured, without its underline).
 */
export function drawTopology({ gpus, processors }: SmiView): string {
  const { list, numaNode } = processors
  const near = [list, String(numaNode ?? 'N/A'), '', 'N/A']
  return `${matrix(gpus, 'PHB', ['CPU Affinity', 'NUMA Affinity', 'GPU NUMA ID'], near)}${LEGEND}`
}

/** `nvidia-smi topo -p2p`: no GPU of a vGPU host reaches another one. */
export function drawPeers({ gpus }: SmiView): string {
  return `${matrix(gpus, 'NS', [], [])}${PEER_LEGEND}`
}

function matrix(gpus: SmiView['gpus'], link: string, heads: readonly string[], more: readonly string[]): string {
  const names = gpus.map(({ index }) => `GPU${index}`)
  const rows = names.map((name, at) => {
    const links = names.map((_, other) => (other === at ? ' X ' : link))
    return `${[name, ...links, ...more].join('\t')}\n`
  })
  return `\t${[...names, ...heads].join('\t')}\n${rows.join('')}`
}
