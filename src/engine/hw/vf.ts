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
 * Configuration space of a VF as hardware shows it: vendor and device read as all ones (SR-IOV 3.4.1), BARs are the
 * PF's, MSI-X at 0x7c where the variant driver expects it.
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
  // within the 256 KiB of a VF's BAR0; the offsets are chosen for the simulation
  writeCapabilities(config, { exp: VF_EXP_CAP, msix: NVIDIA_VF_MSIX_CAP, table: 0x3_0000, pba: 0x3_1000 })
  copyLink(pf, config, VF_EXP_CAP)
  config.save()
  return sparse
}
