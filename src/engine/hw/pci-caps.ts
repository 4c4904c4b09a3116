import { PCI_CAP_LIST_NEXT, PCI_CAPABILITY_LIST, PCI_STATUS, PCI_STATUS_CAP_LIST } from '../../abi/pci.ts'
import type { ConfigSpace } from './config-space.ts'

/** A list longer than this is a loop: 256 bytes hold no more capabilities of four bytes (the PCI core's own limit). */
const MOST = 48

/** pci_find_capability: offset of a conventional capability, or 0. */
export function findCapability(config: ConfigSpace, id: number): number {
  if ((config.read16(PCI_STATUS) & PCI_STATUS_CAP_LIST) === 0) return 0
  let at = config.read8(PCI_CAPABILITY_LIST) & ~3
  for (let hops = 0; at >= 0x40 && hops < MOST; hops += 1) {
    if (config.read8(at) === id) return at
    at = config.read8(at + PCI_CAP_LIST_NEXT) & ~3
  }
  return 0
}
