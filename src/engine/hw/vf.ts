import {
  NVIDIA_VF_MSIX_CAP,
  PCI_REVISION_ID,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
} from '../../abi/pci.ts'
import type { Sparse } from '../state.ts'
import { ConfigSpace } from './config-space.ts'
import { copyLink, writeCapabilities, writeClass } from './pf.ts'

const VF_EXP_CAP = 0x40

/**
 * Hardware configuration space of a VF: vendor and device read as all ones (SR-IOV 3.4.1), the BARs are in the PF, and
 * MSI-X is at 0x7c, the offset that the variant driver expects.
 */
export function vfConfig(pf: ConfigSpace): Sparse {
  let sparse = ''
  const config = new ConfigSpace('', (bytes) => {
    sparse = bytes
  })
  config.write32(0, 0xffff_ffff)
  config.write16(PCI_STATUS, PCI_STATUS_CAP_LIST)
  config.write8(PCI_REVISION_ID, pf.read8(PCI_REVISION_ID))
  writeClass(config)
  config.write16(PCI_SUBSYSTEM_VENDOR_ID, pf.read16(PCI_SUBSYSTEM_VENDOR_ID))
  config.write16(PCI_SUBSYSTEM_ID, pf.read16(PCI_SUBSYSTEM_ID))
  // simulated offsets within the 256 KiB of a VF's BAR0
  writeCapabilities(config, { exp: VF_EXP_CAP, msix: NVIDIA_VF_MSIX_CAP, table: 0x3_0000, pba: 0x3_1000 })
  copyLink(pf, config, VF_EXP_CAP)
  config.save()
  return sparse
}
