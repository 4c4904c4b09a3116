import {
  NVIDIA_VF_MSIX_CAP,
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_1,
  PCI_BASE_ADDRESS_2,
  PCI_BASE_ADDRESS_3,
  PCI_BASE_ADDRESS_4,
  PCI_BASE_ADDRESS_5,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_CAP_MSIX_SIZEOF,
  PCI_CAPABILITY_LIST,
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_COMMAND,
  PCI_COMMAND_PARITY,
  PCI_COMMAND_SERR,
  PCI_DEVICE_ID,
  PCI_STATUS,
  PCI_VENDOR_ID,
} from '../../abi/pci.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { ConfigSpace } from '../hw/config-space.ts'
import { writeHardware } from '../hw/pci-write.ts'
import type { Klog } from '../klog.ts'

/** Lengths of the guest-visible windows, bytes: BAR1 from the type, the others from the hardware. */
export interface BarLengths {
  bar0: number
  bar1: number
  bar3: number
}

export interface ConfigAccess {
  /** The guest-visible space, and the VF's hardware space. */
  virtual: ConfigSpace
  hardware: ConfigSpace
  bars: BarLengths
  klog: Klog
  bdf: string
}

type Read = (access: ConfigAccess, length: number) => number
type Write = (access: ConfigAccess, length: number, value: number) => void

const BAR_64 = PCI_BASE_ADDRESS_MEM_TYPE_64 | PCI_BASE_ADDRESS_MEM_PREFETCH
const ERROR_REPORTING = PCI_COMMAND_PARITY | PCI_COMMAND_SERR

/** Special reads by exact offset. An access at any other offset reads the stored bytes. */
const READS: ReadonlyMap<number, Read> = new Map([
  [PCI_COMMAND, readCommand],
  [PCI_STATUS, ({ virtual, hardware }, length) => virtual.read(PCI_STATUS, length) | hardware.read(PCI_STATUS, length)],
])

/** Effective writes by exact offset. All other writes are dropped. */
const WRITES: ReadonlyMap<number, Write> = new Map<number, Write>([
  [PCI_VENDOR_ID, drop],
  [PCI_DEVICE_ID, drop],
  [PCI_CAPABILITY_LIST, drop],
  [PCI_COMMAND, writeCommand],
  [PCI_STATUS, ({ hardware }, length, value) => writeHardware(hardware, PCI_STATUS, length, value)],
  [PCI_BASE_ADDRESS_0, bar(PCI_BASE_ADDRESS_0, ({ bar0 }) => low(bar0), 0)],
  [PCI_BASE_ADDRESS_1, bar(PCI_BASE_ADDRESS_1, ({ bar1 }) => low(bar1), BAR_64)],
  [PCI_BASE_ADDRESS_2, bar(PCI_BASE_ADDRESS_2, ({ bar1 }) => high(bar1), 0)],
  [PCI_BASE_ADDRESS_3, bar(PCI_BASE_ADDRESS_3, ({ bar3 }) => low(bar3), BAR_64)],
  [PCI_BASE_ADDRESS_4, bar(PCI_BASE_ADDRESS_4, ({ bar3 }) => high(bar3), 0)],
])

/**
 * A read of the guest-visible configuration space, 1, 2 or 4 bytes, naturally aligned (vfio_access.c of patch 29).
 * @throws NvError EINVAL beyond 4096 bytes
 */
export function readConfig(access: ConfigAccess, offset: number, length: number): number {
  refuseBeyond(access, offset, length)
  if (isMsix(offset)) return access.hardware.read(offset, length)
  const rule = READS.get(offset)
  return rule ? rule(access, length) >>> 0 : access.virtual.read(offset, length)
}

/**
 * A write with the same sizes. Offsets without a rule (ROM BAR, 0x24, interrupt line, …) drop the write.
 * @throws NvError EINVAL beyond 4096 bytes, and for a BAR write of 1 or 2 bytes
 */
export function writeConfig(access: ConfigAccess, offset: number, length: number, value: number): void {
  refuseBeyond(access, offset, length)
  if (isMsix(offset)) {
    writeHardware(access.hardware, offset, length, value)
    return
  }
  if (offset >= PCI_BASE_ADDRESS_0 && offset < PCI_BASE_ADDRESS_5 && length !== 4) {
    throw refused(access, `a BAR of ${access.bdf} is written ${length} bytes at a time, at 0x${offset.toString(16)}`)
  }
  WRITES.get(offset)?.(access, length, value)
}

/** The guest drives the MSI-X capability of the hardware itself. */
function isMsix(offset: number): boolean {
  return offset >= NVIDIA_VF_MSIX_CAP && offset < NVIDIA_VF_MSIX_CAP + PCI_CAP_MSIX_SIZEOF
}

/** Command register: of the hardware's bits a guest sees error reporting only. Four bytes include the status half. */
function readCommand({ virtual, hardware, klog, bdf }: ConfigAccess, length: number): number {
  const stored = virtual.read(PCI_COMMAND, length)
  if (length === 1) {
    klog.warn(`${bdf}: Not supported access len`)
    return stored | hardware.read8(PCI_COMMAND)
  }
  const command = stored | (hardware.read16(PCI_COMMAND) & ERROR_REPORTING)
  return length === 2 ? command : command | (hardware.read16(PCI_STATUS) << 16)
}

/** Stores the command register without writing the hardware; the status half of four bytes reaches the hardware. */
function writeCommand({ virtual, hardware }: ConfigAccess, length: number, value: number): void {
  virtual.write(PCI_COMMAND, Math.min(length, 2), length === 4 ? value & 0xffff : value)
  virtual.save()
  if (length === 4) writeHardware(hardware, PCI_STATUS, 2, value >>> 16)
}

function drop(): void {}

/** A write to a BAR: changes the address bits above its length and keeps the flag bits. */
function bar(offset: number, addressBits: (bars: BarLengths) => number, flags: number): Write {
  return ({ virtual, bars }, _length, value) => {
    const kept = flags === 0 && offset === PCI_BASE_ADDRESS_0 ? virtual.read32(offset) & 0xf : flags
    virtual.write32(offset, ((value & addressBits(bars)) | kept) >>> 0)
    virtual.save()
  }
}

/** The two halves of minus `length` in 64 bits; the low one without the four flag bits. */
function low(length: number): number {
  return Number(BigInt.asUintN(32, -BigInt(length))) & ~0xf
}

function high(length: number): number {
  return Number(BigInt.asUintN(64, -BigInt(length)) >> 32n)
}

function refuseBeyond(access: ConfigAccess, offset: number, length: number): void {
  if (offset >= 0 && offset + length <= PCI_CFG_SPACE_EXP_SIZE) return
  throw refused(access, `the configuration space of ${access.bdf} has 4096 bytes, none at 0x${offset.toString(16)}`)
}

function refused({ bdf }: ConfigAccess, message: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'invalid-argument',
    at: 'nvidia_vgpu_vfio_pci_rw_config',
    message,
    hint: `nvgpu vfio config ${bdf}`,
    object: bdf,
  })
}
