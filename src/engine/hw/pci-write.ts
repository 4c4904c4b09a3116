import {
  PCI_CACHE_LINE_SIZE,
  PCI_CAP_ID_MSIX,
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_COMMAND_PARITY,
  PCI_COMMAND_SERR,
  PCI_INTERRUPT_LINE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_STATUS,
  PCI_STATUS_ERROR_BITS,
} from '../../abi/pci.ts'
import type { ConfigSpace } from './config-space.ts'
import { findCapability } from './pci-caps.ts'

/** Writable bits of a register, and bits that a written one clears. */
interface Writable {
  at: number
  width: 1 | 2
  bits: number
  clears?: number
}

const COMMAND_BITS =
  PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE

const HEADER: readonly Writable[] = [
  { at: PCI_COMMAND, width: 2, bits: COMMAND_BITS },
  { at: PCI_STATUS, width: 2, bits: 0, clears: PCI_STATUS_ERROR_BITS },
  { at: PCI_CACHE_LINE_SIZE, width: 1, bits: 0xff },
  { at: PCI_INTERRUPT_LINE, width: 1, bits: 0xff },
]

/**
 * A hardware write to configuration space: byte by byte, into the writable bits. Windows and identifiers are read only:
 * the simulation never moves a BAR.
 */
export function writeHardware(config: ConfigSpace, offset: number, length: number, value: number): void {
  for (let i = 0; i < length; i += 1) writeByte(config, offset + i, (value >>> (8 * i)) & 0xff)
  config.save()
}

function writeByte(config: ConfigSpace, offset: number, value: number): void {
  const msix = findCapability(config, PCI_CAP_ID_MSIX)
  const flags: Writable = {
    at: msix + PCI_MSIX_FLAGS,
    width: 2,
    bits: PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL,
  }
  const register = [...HEADER, ...(msix === 0 ? [] : [flags])].find(
    ({ at, width }) => offset >= at && offset < at + width,
  )
  if (!register) return
  const shift = 8 * (offset - register.at)
  const bits = (register.bits >>> shift) & 0xff
  const clears = ((register.clears ?? 0) >>> shift) & 0xff
  const old = config.read8(offset)
  config.write8(offset, ((old & ~bits) | (value & bits)) & ~(value & clears))
}
