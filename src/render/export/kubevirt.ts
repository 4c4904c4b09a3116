import type { GpuView } from '../../contract/views/gpu.ts'
import type { VgpuView } from '../../contract/views/vgpu.ts'

/**
 * A KubeVirt resource that permits VMs to use the vGPUs. VFs are passed through by their PCI ids, which all types of a
 * board share; mediated devices by the name of their type.
 */
export function kubevirt(gpus: readonly GpuView[], vgpus: readonly VgpuView[], mediated: boolean): object {
  const names = [...new Set(vgpus.map(({ vgpuType }) => vgpuType.name))]
  const carrying = new Set(vgpus.map(({ gpu }) => gpu))
  const boards = new Map<string, GpuView>()
  for (const gpu of gpus)
    if (carrying.has(gpu.index) && !boards.has(gpu.pci.deviceId)) boards.set(gpu.pci.deviceId, gpu)
  const devices = mediated
    ? { mediatedDevices: names.map((name) => ({ mdevNameSelector: name, resourceName: resource(name) })) }
    : {
        pciHostDevices: [...boards.values()].map(({ pci, name }) => ({
          pciVendorSelector: `${pci.vendorId}:${pci.deviceId}`.replaceAll('0x', '').toUpperCase(),
          resourceName: resource(name),
        })),
      }
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'KubeVirt',
    metadata: { name: 'kubevirt', namespace: 'kubevirt' },
    spec: { configuration: { permittedHostDevices: devices } },
  }
}

/** A resource name as in device plugins: nvidia.com/L40-4Q. It begins and ends with a letter or digit. */
function resource(name: string): string {
  const plain = name.replace(/^NVIDIA /, '').replace(/[^A-Za-z0-9_.-]+/g, '_')
  return `nvidia.com/${plain.replace(/^[_.-]+|[_.-]+$/g, '') || 'vgpu'}`
}
