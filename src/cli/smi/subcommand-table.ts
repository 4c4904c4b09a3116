import { flag, type SmiOption, takes } from './options.ts'

/** A subcommand of nvidia-smi. Without options it is about a thing that no simulated host has: every word is taken. */
export interface Subcommand {
  readonly name: string
  /** Title in the help, in capitals as in NVIDIA's. */
  readonly title: string
  readonly summary: string
  readonly options?: Readonly<Record<string, SmiOption>>
}

const HELP = flag('-h --help', 'Print this page.')
const ID = takes('-i --id', 'Only these GPUs: index, bus address or UUID, several with commas.')

/** `dmon` and `pmon`. */
export const MONITOR = {
  help: HELP,
  id: ID,
  delay: takes('-d --delay', 'Seconds between two rounds, 1 without it.'),
  count: takes('-c --count', 'Rounds, endless without it.'),
  select: takes(
    '-s --select',
    'Groups of columns.\ndmon: p power and temperature, u utilization, c clocks, v violations,\nm memory, e errors, t PCI Express throughput; pmon: u utilization, m memory.',
  ),
  options: takes('-o --options', 'D puts the date in front of a line, T the time.'),
  file: takes('-f --filename', 'Write to this file.'),
} as const satisfies Record<string, SmiOption>

/** `topo`: the matrix of GPUs. */
export const TOPO = {
  help: HELP,
  id: ID,
  matrix: flag('-m --matrix', 'Paths between the GPUs, and the processors near them.'),
  pciMatrix: flag('-mp --matrix_pci', 'The same.'),
  peers: takes(
    '-p2p --p2pstatus',
    'Peer access between the GPUs: r read, w write, n NVLink, a atomics, p proprietary.',
  ),
  cpu: takes('-c --cpu', 'Not supported here: GPUs near a processor.'),
  nearest: takes('-n --nearest_gpus', 'Not supported here: GPUs near a GPU.'),
  path: flag('-p --gpu_path', 'Not supported here: the path between two GPUs.'),
} as const satisfies Record<string, SmiOption>

/** `nvlink`: no simulated board has links, so every report is the list of GPUs. */
export const NVLINK = {
  help: HELP,
  id: ID,
  link: takes('-l --link', 'Only this link.'),
  status: flag('-s --status', 'States of the links.'),
  capabilities: flag('-c --capabilities', 'Capabilities of the links.'),
  busId: flag('-p --pcibusid', 'Bus addresses of the other ends.'),
  remote: flag('-R --remotelinkinfo', 'The other ends.'),
  errors: flag('-e --errorcounters', 'Error counters.'),
  crcErrors: flag('-ec --crcerrorcounters', 'Error counters of each lane.'),
  clearErrors: flag('-re --reseterrorcounters', 'Set error counters to zero.'),
  throughput: takes('-gt --getthroughput', 'Traffic: d data, r raw.'),
} as const satisfies Record<string, SmiOption>

/** `mig`. */
export const MIG = {
  help: HELP,
  id: ID,
  gpuInstance: takes('-gi --gpu-instance-id', 'Only these GPU instances.'),
  computeInstance: takes('-ci --compute-instance-id', 'Only these compute instances.'),
  profiles: flag('-lgip --list-gpu-instance-profiles', 'Profiles of GPU instances.'),
  places: flag('-lgipp --list-gpu-instance-possible-placements', 'Possible places of GPU instances: {start}:size.'),
  defaultCompute: flag('-C --default-compute-instance', 'With -cgi: a compute instance in each.'),
  create: takes('-cgi --create-gpu-instance', 'Create GPU instances by profile, a colon and a start behind it.'),
  destroy: flag('-dgi --destroy-gpu-instance', 'Destroy GPU instances.'),
  instances: flag('-lgi --list-gpu-instances', 'GPU instances.'),
  computeProfiles: flag('-lcip --list-compute-instance-profiles', 'Profiles of compute instances.'),
  computePlaces: flag('-lcipp --list-compute-instance-possible-placements', 'Possible places of compute instances.'),
  createCompute: { names: ['-cci', '--create-compute-instance'], value: 'optional', help: 'Create compute instances.' },
  destroyCompute: flag('-dci --destroy-compute-instance', 'Destroy compute instances.'),
  computeInstances: flag('-lci --list-compute-instances', 'Compute instances.'),
} as const satisfies Record<string, SmiOption>

/** `encodersessions` and `fbcsessions`. */
export const SESSIONS = { help: HELP, id: ID } as const satisfies Record<string, SmiOption>

/** Every subcommand in the help of 580.159.04 but vgpu, in its order. */
export const SUBCOMMANDS: readonly Subcommand[] = [
  { name: 'dmon', title: 'Device Monitoring', summary: 'A line for each GPU, again and again.', options: MONITOR },
  {
    name: 'daemon',
    title: 'Device Monitoring Daemon',
    summary: 'Record statistics in the background; not supported here.',
  },
  { name: 'replay', title: 'Replay', summary: 'Print recorded statistics; not supported here.' },
  { name: 'pmon', title: 'Process Monitoring', summary: 'A line for each process, again and again.', options: MONITOR },
  { name: 'topo', title: 'TOPOLOGY', summary: 'How the GPUs are connected.', options: TOPO },
  { name: 'drain', title: 'DRAIN STATES', summary: 'Drain state of a GPU; not supported here.' },
  { name: 'nvlink', title: 'NVLINK', summary: 'NVLink connections of the GPUs.', options: NVLINK },
  { name: 'c2c', title: 'C2C', summary: 'Chip to chip connections; no simulated board has any.' },
  { name: 'clocks', title: 'CLOCKS', summary: 'Synchronised boost of clocks; not supported here.' },
  { name: 'encodersessions', title: 'ENCODER SESSIONS', summary: 'Encoder sessions of the host.', options: SESSIONS },
  { name: 'fbcsessions', title: 'FBC SESSIONS', summary: 'Capture sessions of the host.', options: SESSIONS },
  { name: 'vgpu', title: 'GRID vGPU', summary: 'vGPUs and their types.' },
  { name: 'mig', title: 'MIG', summary: 'GPU instances and compute instances.', options: MIG },
  { name: 'compute-policy', title: 'COMPUTE POLICY', summary: 'Time slices of CUDA; not supported here.' },
  { name: 'boost-slider', title: 'BOOST SLIDER', summary: 'Boost sliders; no simulated board has any.' },
  { name: 'power-hint', title: 'POWER HINT', summary: 'Power for given clocks; not supported here.' },
  { name: 'base-clocks', title: 'BASE CLOCKS', summary: 'Base clocks; not supported here.' },
  { name: 'conf-compute', title: 'CONFIDENTIAL COMPUTE', summary: 'Confidential computing; not supported here.' },
  { name: 'gpm', title: 'GPU PERFORMANCE MONITORING', summary: 'Performance monitoring unit; not supported here.' },
  { name: 'pci', title: 'PCI', summary: 'Counters of PCI Express; not supported here.' },
  { name: 'power-smoothing', title: 'Power Smoothing', summary: 'Power smoothing; not supported here.' },
  { name: 'power-profiles', title: 'Power Profiles', summary: 'Workload power profiles; not supported here.' },
  { name: 'prm', title: 'PRM', summary: 'PRM registers; not supported here.' },
]
