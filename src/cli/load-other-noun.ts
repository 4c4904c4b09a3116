import type { NounSpec } from './spec.ts'

/** As `loadNoun`, for the nouns that scripts run less: each import is a function, which only those have to make. */
export async function loadOtherNoun(name: string): Promise<NounSpec | undefined> {
  switch (name) {
    case '':
      return (await import('./commands/overview.ts')).overview
    case 'migrate':
      return (await import('./commands/migrate.ts')).migrate
    case 'vfio':
      return (await import('./commands/vfio.ts')).vfio
    case 'sysfs':
      return (await import('./commands/sysfs.ts')).sysfs
    case 'apply':
      return (await import('./commands/apply.ts')).apply
    case 'diff':
      return (await import('./commands/diff.ts')).diff
    case 'assert':
      return (await import('./commands/assert.ts')).assert
    case 'export':
      return (await import('./commands/export.ts')).exporting
    case 'batch':
      return (await import('./commands/batch.ts')).batch
    case 'chid':
      return (await import('./commands/chid.ts')).chid
    case 'fb':
      return (await import('./commands/fb.ts')).fb
    case 'gsp':
      return (await import('./commands/gsp.ts')).gsp
    case 'events':
      return (await import('./commands/events.ts')).events
    case 'fault':
      return (await import('./commands/fault.ts')).fault
    case 'schema':
      return (await import('./commands/schema.ts')).schema
    case 'explain':
      return (await import('./commands/explain.ts')).explain
    case 'capacity':
      return (await import('./commands/capacity.ts')).capacity
    case 'fit':
      return (await import('./commands/fit.ts')).fit
    case 'whatif':
      return (await import('./commands/whatif.ts')).whatif
    case 'query':
      return (await import('./commands/query.ts')).query
    case 'watch':
      return (await import('./commands/watch.ts')).watch
    case 'dmon':
      return (await import('./commands/monitors.ts')).dmon
    case 'pmon':
      return (await import('./commands/monitors.ts')).pmon
    case 'metrics':
      return (await import('./commands/metrics.ts')).metrics
    case 'smi':
      return (await import('./commands/smi.ts')).smi
    case 'wait':
      return (await import('./commands/wait.ts')).wait
    case 'history':
      return (await import('./commands/history.ts')).history
    case 'undo':
      return (await import('./commands/undo.ts')).undo
    case 'rollback':
      return (await import('./commands/rollback.ts')).rollback
    case 'completion':
      return (await import('./commands/completion.ts')).completion
    case '__complete':
      return (await import('./commands/complete.ts')).complete
  }
  return undefined
}
