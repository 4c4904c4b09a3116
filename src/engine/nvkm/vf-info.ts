import type { GSP_VF_INFO } from '../../abi/gsp-boot.ts'
import type { Value } from '../../abi/layout.ts'
import {
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_MEM_TYPE_MASK,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_SRIOV_BAR,
  PCI_SRIOV_TOTAL_VF,
  PCI_SRIOV_VF_OFFSET,
} from '../../abi/pci.ts'
import { type Bar0, CONFIG_MIRROR } from '../hw/bar0.ts'
import type { ConfigSpace } from '../hw/config-space.ts'

/** Mirror registers with the type bits (64-bit or not) of VF BAR1 and BAR2 (AD102: capability 0xbcc + 0x28, + 0x30). */
const VF_BAR1_MIRROR = CONFIG_MIRROR.base + 0xbf4
const VF_BAR2_MIRROR = CONFIG_MIRROR.base + 0xbfc

/** GSP_VF_INFO from the PF's SR-IOV capability (patch 5). b64bitBar0 is never written. */
export function vfInfo(config: ConfigSpace, bar0: Bar0): Value<typeof GSP_VF_INFO> {
  const cap = config.findExtCapability(PCI_EXT_CAP_ID_SRIOV)
  const low = (at: number) => config.read32(cap + at) - (config.read32(cap + at) & 0xf)
  return {
    totalVFs: config.read16(cap + PCI_SRIOV_TOTAL_VF),
    firstVFOffset: config.read16(cap + PCI_SRIOV_VF_OFFSET),
    FirstVFBar0Address: low(PCI_SRIOV_BAR),
    FirstVFBar1Address: config.read32(cap + PCI_SRIOV_BAR + 8) * 0x1_0000_0000 + low(PCI_SRIOV_BAR + 4),
    FirstVFBar2Address: config.read32(cap + PCI_SRIOV_BAR + 16) * 0x1_0000_0000 + low(PCI_SRIOV_BAR + 12),
    b64bitBar0: false,
    b64bitBar1: is64(bar0.read32(VF_BAR1_MIRROR)),
    b64bitBar2: is64(bar0.read32(VF_BAR2_MIRROR)),
  }
}

function is64(register: number): boolean {
  return (register & PCI_BASE_ADDRESS_MEM_TYPE_MASK) === PCI_BASE_ADDRESS_MEM_TYPE_64
}
