import type { NounSpec } from './spec.ts'

export interface NounEntry {
  readonly summary: string
  /** Left out of help, completions and man page. */
  readonly hidden?: true
  /** A noun's declarations are loaded only when argv names it: what is not loaded costs nothing. */
  load(): Promise<NounSpec>
}

/** Every noun; the empty one is the bare command. */
export const NOUNS: Readonly<Record<string, NounEntry>> = {
  '': { summary: 'overview of the host', load: async () => (await import('./commands/overview.ts')).overview },
  host: { summary: 'the host as a whole', load: async () => (await import('./commands/host.ts')).host },
  gpu: { summary: 'physical GPUs', load: async () => (await import('./commands/gpu.ts')).gpu },
  vf: { summary: 'virtual functions', load: async () => (await import('./commands/vf.ts')).vf },
  types: { summary: 'vGPU types', load: async () => (await import('./commands/types.ts')).types },
  vgpu: { summary: 'vGPUs', load: async () => (await import('./commands/vgpu.ts')).vgpu },
  migrate: {
    summary: 'move a running vGPU to another host',
    load: async () => (await import('./commands/migrate.ts')).migrate,
  },
  vfio: { summary: 'VFIO devices of VFs', load: async () => (await import('./commands/vfio.ts')).vfio },
  sysfs: {
    summary: 'the kernel’s files: sysfs and debugfs',
    load: async () => (await import('./commands/sysfs.ts')).sysfs,
  },
  apply: {
    summary: 'make the host as a file describes it, or leave it as it is',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  diff: {
    summary: 'how the host differs from what a file describes',
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  assert: {
    summary: 'fail unless the host is as a file describes it',
    load: async () => (await import('./commands/assert.ts')).assert,
  },
  export: {
    summary: 'the host as other programs want it told',
    load: async () => (await import('./commands/export.ts')).exporting,
  },
  batch: {
    summary: 'many commands from a file, in few commits',
    load: async () => (await import('./commands/batch.ts')).batch,
  },
  chid: { summary: 'channels', load: async () => (await import('./commands/chid.ts')).chid },
  fb: { summary: 'framebuffer and BAR1', load: async () => (await import('./commands/fb.ts')).fb },
  gsp: { summary: 'GSP firmware', load: async () => (await import('./commands/gsp.ts')).gsp },
  events: {
    summary: 'the one ordered record of the host',
    load: async () => (await import('./commands/events.ts')).events,
  },
  fault: { summary: 'make any step fail', load: async () => (await import('./commands/fault.ts')).fault },
  schema: {
    summary: 'JSON Schemas of the documents',
    load: async () => (await import('./commands/schema.ts')).schema,
  },
  explain: {
    summary: 'what an error code means and how to mend it',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  capacity: {
    summary: 'what still fits on each GPU',
    load: async () => (await import('./commands/capacity.ts')).capacity,
  },
  fit: {
    summary: 'whether vGPUs fit, and what would have to be enabled or to move',
    load: async () => (await import('./commands/fit.ts')).fit,
  },
  whatif: {
    summary: 'what would fit after a change, without making it',
    load: async () => (await import('./commands/whatif.ts')).whatif,
  },
  query: {
    summary: 'properties by name, as nvidia-smi --query-gpu',
    load: async () => (await import('./commands/query.ts')).query,
  },
  watch: {
    summary: 'a command again and again, as a full screen on a terminal',
    load: async () => (await import('./commands/watch.ts')).watch,
  },
  dmon: {
    summary: 'utilisation of GPUs, a line for each every second',
    load: async () => (await import('./commands/monitors.ts')).dmon,
  },
  pmon: {
    summary: 'utilisation of VMs, a line for each vGPU every second',
    load: async () => (await import('./commands/monitors.ts')).pmon,
  },
  metrics: {
    summary: 'the host as Prometheus metrics',
    load: async () => (await import('./commands/metrics.ts')).metrics,
  },
  smi: {
    summary: "nvidia-smi's screens, options and exit statuses",
    load: async () => (await import('./commands/smi.ts')).smi,
  },
  wait: {
    summary: 'wait until vGPUs are as they should be',
    load: async () => (await import('./commands/wait.ts')).wait,
  },
  history: {
    summary: 'recent changes, what each changed, and the states between',
    load: async () => (await import('./commands/history.ts')).history,
  },
  undo: { summary: 'take a change back', load: async () => (await import('./commands/undo.ts')).undo },
  rollback: { summary: 'the host as it was', load: async () => (await import('./commands/rollback.ts')).rollback },
  completion: {
    summary: 'completion script for a shell',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  __complete: {
    summary: 'values for completion scripts',
    hidden: true,
    load: async () => (await import('./commands/complete.ts')).complete,
  },
}
