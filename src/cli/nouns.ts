interface NounEntry {
  readonly summary: string
  /** Left out of help, completions and man page. */
  readonly hidden?: true
}

/** Every noun; the empty one is the bare command. */
export const NOUNS: Readonly<Record<string, NounEntry>> = {
  '': { summary: 'overview of the host' },
  host: { summary: 'the host as a whole' },
  gpu: { summary: 'physical GPUs' },
  vf: { summary: 'virtual functions' },
  types: { summary: 'vGPU types' },
  vgpu: { summary: 'vGPUs' },
  migrate: {
    summary: 'move a running vGPU to another host',
  },
  vfio: { summary: 'VFIO devices of VFs' },
  sysfs: {
    summary: 'the kernel’s files: sysfs and debugfs',
  },
  run: {
    summary: 'run a command for which /sys is the simulated host',
  },
  apply: {
    summary: 'change the host to match a file, all or nothing',
  },
  diff: {
    summary: 'differences between the host and a file',
  },
  assert: {
    summary: 'fail unless the host matches a file',
  },
  export: {
    summary: 'export the host for other programs',
  },
  batch: {
    summary: 'many commands from a file, in few commits',
  },
  chid: { summary: 'channels' },
  fb: { summary: 'framebuffer and BAR1' },
  gsp: { summary: 'GSP firmware' },
  events: {
    summary: 'log lines, firmware messages and events, in one order',
  },
  fault: { summary: 'make any step fail' },
  schema: {
    summary: 'JSON Schemas of the documents',
  },
  explain: {
    summary: 'explain an error code and its fix',
  },
  capacity: {
    summary: 'free capacity of each GPU',
  },
  fit: {
    summary: 'check whether vGPUs fit, and suggest changes if they do not',
  },
  whatif: {
    summary: 'simulate a change and show the capacity after it',
  },
  query: {
    summary: 'properties by name, as nvidia-smi --query-gpu',
  },
  watch: {
    summary: 'repeat a command, as a full screen on a terminal',
  },
  dmon: {
    summary: 'utilisation of GPUs, a line for each every second',
  },
  pmon: {
    summary: 'utilisation of VMs, a line for each vGPU every second',
  },
  metrics: {
    summary: 'the host as Prometheus metrics',
  },
  smi: {
    summary: "nvidia-smi's screens, options and exit statuses",
  },
  nvml: {
    summary: "NVIDIA's library libnvidia-ml.so.1 for other programs",
  },
  wait: {
    summary: 'wait until vGPUs reach a state',
  },
  history: {
    summary: 'recent changes, their effects, and the states between',
  },
  undo: { summary: 'revert a change' },
  redo: { summary: 'repeat an undone change' },
  rollback: { summary: 'restore an earlier state of the host' },
  completion: {
    summary: 'completion script for a shell',
  },
  'run-server': {
    summary: 'the server of one nvgpu run',
    hidden: true,
  },
  __complete: {
    summary: 'values for completion scripts',
    hidden: true,
  },
}

/** The summary of a noun for help, completions and man page. */
export function summaryOf(noun: { readonly name: string }): string {
  return NOUNS[noun.name]?.summary ?? ''
}
