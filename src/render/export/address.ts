import { parseBdf } from '../../abi/pci.ts'

/** The parts of a PCI address. */
export function partsOf(bdf: string): { domain: number; bus: number; slot: number; function: number } {
  const id = parseBdf(bdf) ?? 0
  return { domain: id >>> 16, bus: (id >>> 8) & 0xff, slot: (id >>> 3) & 0x1f, function: id & 7 }
}

/** 0x and at least this many digits. */
function hexOf(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`
}

/** Attributes of libvirt's <address> for a PCI function. */
export function libvirtAddress(bdf: string): Record<string, string> {
  const { domain, bus, slot, function: fn } = partsOf(bdf)
  return { domain: hexOf(domain, 4), bus: hexOf(bus, 2), slot: hexOf(slot, 2), function: hexOf(fn, 1) }
}
