import type { GpuInstanceView, MigModeView } from '../../contract/views/mig.ts'

interface Entry {
  devices: number[] | 'all'
  'mig-enabled': boolean
  'mig-devices'?: Record<string, number>
}

/** A file of NVIDIA's mig-parted with the current MIG devices under one label; equal GPUs share an entry, GPUs without MIG have none. */
export function migConfigs(
  modes: readonly MigModeView[],
  instances: readonly GpuInstanceView[],
  label: string,
): object {
  const alike = new Map<string, Entry & { devices: number[] }>()
  for (const { gpu, current } of modes) {
    if (current === 'N/A') continue
    const entry = entryOf(
      current === 'Enabled',
      instances.filter((instance) => instance.gpu === gpu),
    )
    const text = JSON.stringify(entry)
    const same = alike.get(text)
    if (same) same.devices.push(gpu)
    else alike.set(text, { devices: [gpu], ...entry })
  }
  const entries: Entry[] = [...alike.values()]
  const [only] = entries
  if (only?.devices.length === modes.length) only.devices = 'all'
  return { version: 'v1', 'mig-configs': { [label]: entries } }
}

function entryOf(enabled: boolean, instances: readonly GpuInstanceView[]): Omit<Entry, 'devices'> {
  if (!enabled) return { 'mig-enabled': false }
  const counts: Record<string, number> = {}
  for (const { computeInstances } of instances)
    for (const { profile } of computeInstances) counts[profile.name] = (counts[profile.name] ?? 0) + 1
  return { 'mig-enabled': true, 'mig-devices': counts }
}
