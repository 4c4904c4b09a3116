import type { GpuView } from '../../contract/views/gpu.ts'
import type { GpuInstanceView } from '../../contract/views/mig.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'
import { shortTypeName } from '../../errors/type-name.ts'

/**
 * A file of NVIDIA's vgpu-device-manager with the current vGPUs under one label; equal GPUs share an entry. A type on a GPU instance with
 * graphics has GFX behind it: its own name does not tell.
 */
export function vgpuConfigs(
  gpus: readonly GpuView[],
  vgpus: readonly VgpuView[],
  instances: readonly GpuInstanceView[],
  label: string,
): object {
  const countsOf = new Map(gpus.map(({ index }): [number, Map<string, number>] => [index, new Map()]))
  for (const { gpu, gpuInstance, vgpuType } of vgpus) {
    const counts = countsOf.get(gpu)
    const on = instances.find((instance) => instance.gpu === gpu && instance.id === gpuInstance)
    const key = `${shortTypeName(vgpuType.name)}${on?.profile.name.endsWith('+gfx') ? 'GFX' : ''}`
    counts?.set(key, (counts.get(key) ?? 0) + 1)
  }
  const alike = new Map<string, { devices: number[]; 'vgpu-devices': Record<string, number> }>()
  for (const [index, known] of countsOf) {
    const counts = Object.fromEntries(known)
    const text = JSON.stringify(counts)
    const same = alike.get(text)
    if (same) same.devices.push(index)
    else alike.set(text, { devices: [index], 'vgpu-devices': counts })
  }
  const entries = [...alike.values()]
  const [only, another] = entries
  const all = only !== undefined && another === undefined ? [{ ...only, devices: 'all' }] : entries
  return { version: 'v1', 'vgpu-configs': { [label]: all } }
}
