import type { NounSpec } from './spec.ts'

/** The declarations of each noun; the empty noun is the bare command. `NOUNS` describes them. */
const LOADERS: Readonly<Record<string, () => Promise<NounSpec>>> = {
  host: async () => (await import('./commands/host.ts')).host,
  gpu: async () => (await import('./commands/gpu.ts')).gpu,
  vf: async () => (await import('./commands/vf.ts')).vf,
  types: async () => (await import('./commands/types.ts')).types,
  vgpu: async () => (await import('./commands/vgpu.ts')).vgpu,
  '': async () => (await import('./commands/overview.ts')).overview,
  mig: async () => (await import('./commands/mig.ts')).mig,
  migrate: async () => (await import('./commands/migrate.ts')).migrate,
  vfio: async () => (await import('./commands/vfio.ts')).vfio,
  sysfs: async () => (await import('./commands/sysfs.ts')).sysfs,
  run: async () => (await import('./commands/run.ts')).run,
  serve: async () => (await import('./commands/serve.ts')).serve,
  'run-server': async () => (await import('./commands/run-server.ts')).runServer,
  apply: async () => (await import('./commands/apply.ts')).apply,
  diff: async () => (await import('./commands/diff.ts')).diff,
  assert: async () => (await import('./commands/assert.ts')).assert,
  export: async () => (await import('./commands/export.ts')).exporting,
  batch: async () => (await import('./commands/batch.ts')).batch,
  chid: async () => (await import('./commands/chid.ts')).chid,
  fb: async () => (await import('./commands/fb.ts')).fb,
  gsp: async () => (await import('./commands/gsp.ts')).gsp,
  events: async () => (await import('./commands/events.ts')).events,
  fault: async () => (await import('./commands/fault.ts')).fault,
  schema: async () => (await import('./commands/schema.ts')).schema,
  explain: async () => (await import('./commands/explain.ts')).explain,
  capacity: async () => (await import('./commands/capacity.ts')).capacity,
  fit: async () => (await import('./commands/fit.ts')).fit,
  defragment: async () => (await import('./commands/defragment.ts')).defragment,
  whatif: async () => (await import('./commands/whatif.ts')).whatif,
  fleet: async () => (await import('./commands/fleet.ts')).fleet,
  query: async () => (await import('./commands/query.ts')).query,
  watch: async () => (await import('./commands/watch.ts')).watch,
  dmon: async () => (await import('./commands/monitors.ts')).dmon,
  pmon: async () => (await import('./commands/monitors.ts')).pmon,
  metrics: async () => (await import('./commands/metrics.ts')).metrics,
  smi: async () => (await import('./commands/smi.ts')).smi,
  mdevctl: async () => (await import('./commands/mdevctl.ts')).mdevctl,
  'sriov-manage': async () => (await import('./commands/sriov-manage.ts')).sriovManage,
  nvml: async () => (await import('./commands/nvml.ts')).nvml,
  wait: async () => (await import('./commands/wait.ts')).wait,
  history: async () => (await import('./commands/history.ts')).history,
  undo: async () => (await import('./commands/undo.ts')).undo,
  redo: async () => (await import('./commands/redo.ts')).redo,
  rollback: async () => (await import('./commands/rollback.ts')).rollback,
  version: async () => (await import('./commands/version.ts')).version,
  completion: async () => (await import('./commands/completion.ts')).completion,
  __complete: async () => (await import('./commands/complete.ts')).complete,
}

/** Loads the declarations of a noun; undefined for an unknown name. */
export async function loadNoun(name: string): Promise<NounSpec | undefined> {
  return Object.hasOwn(LOADERS, name) ? LOADERS[name]?.() : undefined
}

/** The whole command tree, for completions, man page and tests. */
export async function loadNouns(): Promise<NounSpec[]> {
  return Promise.all(Object.values(LOADERS).map((load) => load()))
}
