export interface NounEntry {
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
  apply: {
    summary: 'make the host as a file describes it, or leave it as it is',
  },
  diff: {
    summary: 'how the host differs from what a file describes',
  },
  assert: {
    summary: 'fail unless the host is as a file describes it',
  },
  export: {
    summary: 'the host as other programs want it told',
  },
  batch: {
    summary: 'many commands from a file, in few commits',
  },
  chid: { summary: 'channels' },
  fb: { summary: 'framebuffer and BAR1' },
  gsp: { summary: 'GSP firmware' },
  events: {
    summary: 'the one ordered record of the host',
  },
  fault: { summary: 'make any step fail' },
  schema: {
    summary: 'JSON Schemas of the documents',
  },
  explain: {
    summary: 'what an error code means and how to mend it',
  },
  capacity: {
    summary: 'what still fits on each GPU',
  },
  fit: {
    summary: 'whether vGPUs fit, and what would have to be enabled or to move',
  },
  whatif: {
    summary: 'what would fit after a change, without making it',
  },
  query: {
    summary: 'properties by name, as nvidia-smi --query-gpu',
  },
  watch: {
    summary: 'a command again and again, as a full screen on a terminal',
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
  wait: {
    summary: 'wait until vGPUs are as they should be',
  },
  history: {
    summary: 'recent changes, what each changed, and the states between',
  },
  undo: { summary: 'take a change back' },
  rollback: { summary: 'the host as it was' },
  completion: {
    summary: 'completion script for a shell',
  },
  __complete: {
    summary: 'values for completion scripts',
    hidden: true,
  },
}
