import {
  NVIDIA_VF_MSIX_CAP,
  PCI_BASE_ADDRESS_1,
  PCI_BASE_ADDRESS_3,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_DEVICE,
  PCI_DEVICE_ID,
  PCI_REVISION_ID,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
  PCI_VENDOR_ID_NVIDIA,
} from '../../abi/pci.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import type { Sparse } from '../state.ts'

/** Class that a guest sees: display controller, VGA compatible. The hardware is a 3D controller. */
const CLASS_DISPLAY = 0x0300
const BAR_64_PREFETCHABLE = PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH

/**
 * The guest's configuration space (vfio_main.c of patch 29): ids from the type's vdevId, 64-bit prefetchable BAR1 and
 * BAR3, and one capability at 0x7c, the hardware's MSI-X.
 */
export function virtualConfig(vdevId: number, hardwareRevision: number): Sparse {
  const key = vdevId * 0x100 + hardwareRevision
  const known = made.get(key) ?? virtualConfigOf(vdevId, hardwareRevision)
  made.set(key, known)
  return known
}

const made = new Map<number, Sparse>()

function virtualConfigOf(vdevId: number, hardwareRevision: number): Sparse {
  let sparse = ''
  const config = new ConfigSpace('', (bytes) => {
    sparse = bytes
  })
  config.write16(PCI_VENDOR_ID, PCI_VENDOR_ID_NVIDIA)
  config.write16(PCI_DEVICE_ID, vdevId >>> 16)
  config.write16(PCI_STATUS, PCI_STATUS_CAP_LIST)
  config.write8(PCI_REVISION_ID, hardwareRevision)
  config.write16(PCI_CLASS_DEVICE, CLASS_DISPLAY)
  config.write32(PCI_BASE_ADDRESS_1, BAR_64_PREFETCHABLE)
  config.write32(PCI_BASE_ADDRESS_3, BAR_64_PREFETCHABLE)
  config.write16(PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID_NVIDIA)
  config.write16(PCI_SUBSYSTEM_ID, vdevId & 0xffff)
  config.write8(PCI_CAPABILITY_LIST, NVIDIA_VF_MSIX_CAP)
  config.save()
  return sparse
}
