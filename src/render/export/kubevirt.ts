import type { GpuView, VgpuView } from '../../engine/view.ts'

/**
 * A KubeVirt resource that lets VMs have the vGPUs. VFs are passed through by their PCI ids, which all types of a board
 * share; mediated devices by the name of their type.
 */
export function kubevirt(gpus: readonly GpuView[], vgpus: readonly VgpuView[], mediated: boolean): object {
  const names = [...new Set(vgpus.map(({ vgpuType }) => vgpuType.name))]
  const used = gpus.filter(({ index }) => vgpus.some(({ gpu }) => gpu === index))
  const boards = used.filter((gpu, i) => used.findIndex(({ pci }) => pci.deviceId === gpu.pci.deviceId) === i)
  const devices = mediated
    ? { mediatedDevices: names.map((name) => ({ mdevNameSelector: name, resourceName: resource(name) })) }
    : {
        pciHostDevices: boards.map(({ pci, name }) => ({
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

/** A resource of the vendor, as device plugins name them: nvidia.com/L40-4Q. */
function resource(name: string): string {
  return `nvidia.com/${name.replace(/^NVIDIA /, '').replace(/[^A-Za-z0-9_.-]+/g, '_')}`
}
