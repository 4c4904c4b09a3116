import type { GpuView, VgpuView } from '../../engine/view.ts'

/** A file of NVIDIA's vgpu-device-manager that asks for the vGPUs there are, under one label; GPUs alike share an entry. */
export function vgpuConfigs(gpus: readonly GpuView[], vgpus: readonly VgpuView[], label: string): object {
  const entries: { devices: number[]; 'vgpu-devices': Record<string, number> }[] = []
  for (const { index } of gpus) {
    const counts: Record<string, number> = {}
    for (const vgpu of vgpus.filter(({ gpu }) => gpu === index)) {
      const key = vgpu.vgpuType.name.split(' ').at(-1) ?? ''
      counts[key] = (counts[key] ?? 0) + 1
    }
    const same = entries.find((entry) => JSON.stringify(entry['vgpu-devices']) === JSON.stringify(counts))
    if (same) same.devices.push(index)
    else entries.push({ devices: [index], 'vgpu-devices': counts })
  }
  const [only, another] = entries
  const all = only !== undefined && another === undefined ? [{ ...only, devices: 'all' }] : entries
  return { version: 'v1', 'vgpu-configs': { [label]: all } }
}
