/** Groups of the top-level help, in its order. */
export const GROUPS = ['everyday', 'plan', 'declare', 'observe', 'inside', 'history'] as const

interface NounEntry {
  readonly group: (typeof GROUPS)[number]
  readonly summary: string
  /** Left out of help, completions and man page. */
  readonly hidden?: true
}

/** Every noun; the empty one is the bare command. */
export const NOUNS: Readonly<Record<string, NounEntry>> = {
  '': { group: 'everyday', summary: 'overview of the host' },
  host: { group: 'everyday', summary: 'the host as a whole' },
  gpu: { group: 'everyday', summary: 'physical GPUs' },
  vf: { group: 'everyday', summary: 'virtual functions' },
  types: { group: 'everyday', summary: 'vGPU types' },
  vgpu: { group: 'everyday', summary: 'vGPUs' },
  mig: { group: 'everyday', summary: 'MIG: GPU instances and compute instances' },
  migrate: { group: 'everyday', summary: 'move a running vGPU to another host' },
  vfio: { group: 'inside', summary: 'VFIO devices of VFs' },
  sysfs: { group: 'inside', summary: 'the kernel’s files: sysfs and debugfs' },
  run: { group: 'everyday', summary: 'run a command for which /sys is the simulated host' },
  serve: { group: 'everyday', summary: 'serve the host in a directory, for containers and for Prometheus' },
  apply: { group: 'declare', summary: 'change the host to match a file, all or nothing' },
  diff: { group: 'declare', summary: 'differences between the host and a file' },
  assert: { group: 'declare', summary: 'fail unless the host matches a file' },
  export: { group: 'declare', summary: 'export the host for other programs' },
  batch: { group: 'declare', summary: 'many commands from a file, in few commits' },
  chid: { group: 'inside', summary: 'channels' },
  fb: { group: 'inside', summary: 'framebuffer and BAR1' },
  gsp: { group: 'inside', summary: 'GSP firmware' },
  events: { group: 'observe', summary: 'log lines, firmware messages and events, in one order' },
  fault: { group: 'inside', summary: 'make any step fail' },
  schema: { group: 'declare', summary: 'JSON Schemas of the documents' },
  explain: { group: 'everyday', summary: 'explain an error code and its fix' },
  capacity: { group: 'plan', summary: 'free capacity of each GPU' },
  fit: { group: 'plan', summary: 'check whether vGPUs fit, and suggest changes if they do not' },
  defragment: { group: 'plan', summary: 'move the fewest vGPUs so that others fit' },
  whatif: { group: 'plan', summary: 'simulate a change and show the capacity after it' },
  fleet: { group: 'plan', summary: 'many hosts in one file: where vGPUs fit, and how many' },
  query: { group: 'observe', summary: 'properties by name, as nvidia-smi --query-gpu' },
  watch: { group: 'observe', summary: 'repeat a command, as a full screen on a terminal' },
  dmon: { group: 'observe', summary: 'utilisation of GPUs, a line for each every second' },
  pmon: { group: 'observe', summary: 'utilisation of VMs, a line for each vGPU every second' },
  metrics: { group: 'observe', summary: 'the host as Prometheus metrics' },
  smi: { group: 'observe', summary: "nvidia-smi's screens, options and exit statuses" },
  mdevctl: { group: 'everyday', summary: "mdevctl's commands and statuses" },
  'sriov-manage': { group: 'everyday', summary: 'enable and disable all VFs of a GPU, as NVIDIA’s script' },
  nvml: { group: 'everyday', summary: "NVIDIA's library libnvidia-ml.so.1 for other programs" },
  wait: { group: 'everyday', summary: 'wait until vGPUs reach a state' },
  history: { group: 'history', summary: 'recent changes, their effects, and the states between' },
  undo: { group: 'history', summary: 'revert a change' },
  redo: { group: 'history', summary: 'repeat an undone change' },
  rollback: { group: 'history', summary: 'restore an earlier state of the host' },
  version: { group: 'everyday', summary: 'versions of the program and of its formats' },
  completion: { group: 'everyday', summary: 'completion script for a shell' },
  'run-server': { group: 'everyday', summary: 'the server of one nvgpu run', hidden: true },
  __complete: { group: 'everyday', summary: 'values for completion scripts', hidden: true },
}

/** The summary of a noun for help, completions and man page. */
export function summaryOf(noun: { readonly name: string }): string {
  return NOUNS[noun.name]?.summary ?? ''
}
