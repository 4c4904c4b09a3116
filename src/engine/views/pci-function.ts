import { PCI_REVISION_ID } from '../../abi/pci.ts'
import type { PciFunctionView } from '../../contract/views/pci-function.ts'
import { boardOf } from '../board-of.ts'
import { readSriov } from '../hw/pf.ts'
import { iommuGroup } from '../iommu.ts'
import type { HostState } from '../state.ts'
import { allFunctions, bdfOf, driverOf, gpuOf, hardwareOf, type PciFunction, pciIds } from '../sysfs/pci-function.ts'
import { hex } from './words.ts'

/** Every PCI function of the host, each PF before its VFs. */
export function pciFunctionViews(host: HostState): PciFunctionView[] {
  return allFunctions(host).map(pciFunctionView)
}

function pciFunctionView(at: PciFunction): PciFunctionView {
  const gpu = gpuOf(at)
  const config = hardwareOf(at)
  const ids = pciIds(at)
  return {
    bdf: bdfOf(at),
    gpu: at.gpu,
    vfIndex: at.vf?.index ?? null,
    physfn: at.vf === null ? null : gpu.bdf,
    driver: driverOf(at),
    name: boardOf(gpu).marketingName,
    vendorId: hex(ids.vendor, 4),
    deviceId: hex(ids.device, 4),
    class: hex(ids.class, 6),
    revision: hex(config.read8(PCI_REVISION_ID), 2),
    iommuGroup: iommuGroup(at.gpu, at.vf?.index ?? null),
    totalVfs: at.vf === null ? (readSriov(config)?.totalVfs ?? null) : null,
    taken: at.vf !== null && at.vf.vgpuType !== 0,
    config: config.bytes,
  }
}
