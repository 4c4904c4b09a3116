import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_SRIOV_BAR,
} from '../../abi/pci.ts'
import type { Board } from '../../catalog/boards.ts'
import type { ConfigSpace } from './config-space.ts'

/** A window of a function in the PCI core (struct resource). An absent window is all zeros. */
export interface Resource {
  readonly start: number
  /** bytes; 0 for an absent window and for the upper half of a 64-bit BAR */
  readonly size: number
  /** IORESOURCE_* and the low bits of the BAR */
  readonly flags: number
}

// linux/ioport.h
export const IORESOURCE_MEM = 0x200
export const IORESOURCE_PREFETCH = 0x2000
const IORESOURCE_SIZEALIGN = 0x40000
export const IORESOURCE_MEM_64 = 0x100000

const NONE: Resource = { start: 0, size: 0, flags: 0 }

/** BAR0 to BAR5 of the PF. */
export function pfResources(config: ConfigSpace, board: Board): Resource[] {
  return bars(config, PCI_BASE_ADDRESS_0, [board.pfBar0Size, board.pfBar1Size, 0, board.pfBar3Size, 0, 0])
}

/** The six windows of the SR-IOV capability. Each holds the windows of all VFs. */
export function iovResources(config: ConfigSpace, board: Board): Resource[] {
  const cap = config.findExtCapability(PCI_EXT_CAP_ID_SRIOV)
  if (!board.sriov || cap === 0) return Array.from({ length: 6 }, () => NONE)
  const { totalVfs, vfBar0Size, vfBar1Size, vfBar3Size } = board.sriov
  const sizes = [vfBar0Size, vfBar1Size, 0, vfBar3Size, 0, 0].map((size) => size * totalVfs)
  return bars(config, cap + PCI_SRIOV_BAR, sizes)
}

/** BAR0 to BAR5 of a VF: its share of the SR-IOV windows. */
export function vfResources(config: ConfigSpace, board: Board, index: number): Resource[] {
  const totalVfs = board.sriov?.totalVfs ?? 1
  return iovResources(config, board).map(({ start, size, flags }) =>
    size === 0 ? NONE : { start: start + (index * size) / totalVfs, size: size / totalVfs, flags },
  )
}

function bars(config: ConfigSpace, first: number, sizes: readonly number[]): Resource[] {
  return sizes.map((size, i) => {
    if (size === 0) return NONE
    const low = config.read32(first + 4 * i)
    const type = low & 0xf
    const is64 = (type & PCI_BASE_ADDRESS_MEM_TYPE_64) !== 0
    const high = is64 ? config.read32(first + 4 * i + 4) * 0x1_0000_0000 : 0
    const kind =
      (is64 ? IORESOURCE_MEM_64 : 0) + ((type & PCI_BASE_ADDRESS_MEM_PREFETCH) !== 0 ? IORESOURCE_PREFETCH : 0)
    return { start: high + (low - type), size, flags: type + kind + IORESOURCE_SIZEALIGN + IORESOURCE_MEM }
  })
}
