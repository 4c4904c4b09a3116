import type { HostState } from './state.ts'

/** Whether a refused command keeps its records: tracing is on, or a fault is armed. */
export function keepsRecords(host: HostState): boolean {
  return host.tracing || host.faults.length > 0
}

/**
 * Restores a state, except the records of a refused command: virtual time, kernel log, trace, event counters and the hits
 * of armed faults.
 */
export function restoreAllButRecords(host: HostState, before: HostState): void {
  const { now, faults } = host
  const records = host.gpus.map(({ klog, trace, nvkm }) => ({ klog, trace, events: nvkm.events }))
  const sameGpus = host.gpus.length === before.gpus.length
  Object.assign(host, before)
  host.now = now
  if (faults.length === before.faults.length) host.faults = faults
  if (!sameGpus) return
  for (const [index, { klog, trace, events }] of records.entries()) {
    const gpu = host.gpus[index]
    if (!gpu) continue
    gpu.klog = klog
    gpu.trace = trace
    gpu.nvkm.events = events
  }
}
