// Configuration space of a PCI function: offsets and bits with the names from the kernel's pci_regs.h.
export const PCI_VENDOR_ID = 0x00
export const PCI_DEVICE_ID = 0x02
export const PCI_COMMAND = 0x04
export const PCI_STATUS = 0x06
export const PCI_REVISION_ID = 0x08
export const PCI_CLASS_PROG = 0x09
export const PCI_CLASS_DEVICE = 0x0a
export const PCI_CACHE_LINE_SIZE = 0x0c
export const PCI_LATENCY_TIMER = 0x0d
export const PCI_HEADER_TYPE = 0x0e
export const PCI_BASE_ADDRESS_0 = 0x10
export const PCI_BASE_ADDRESS_1 = 0x14
export const PCI_BASE_ADDRESS_2 = 0x18
export const PCI_BASE_ADDRESS_3 = 0x1c
export const PCI_BASE_ADDRESS_4 = 0x20
export const PCI_BASE_ADDRESS_5 = 0x24
export const PCI_SUBSYSTEM_VENDOR_ID = 0x2c
export const PCI_SUBSYSTEM_ID = 0x2e
export const PCI_ROM_ADDRESS = 0x30
export const PCI_CAPABILITY_LIST = 0x34
export const PCI_INTERRUPT_LINE = 0x3c
export const PCI_INTERRUPT_PIN = 0x3d

/** bytes of conventional and of extended configuration space */
export const PCI_CFG_SPACE_SIZE = 256
export const PCI_CFG_SPACE_EXP_SIZE = 4096

export const PCI_COMMAND_IO = 0x1
export const PCI_COMMAND_MEMORY = 0x2
export const PCI_COMMAND_MASTER = 0x4
export const PCI_COMMAND_PARITY = 0x40
export const PCI_COMMAND_SERR = 0x100
export const PCI_COMMAND_INTX_DISABLE = 0x400
export const PCI_STATUS_CAP_LIST = 0x10
/** status bits that a written one clears: parity and abort errors */
export const PCI_STATUS_ERROR_BITS = 0xf900

/** header type of a bridge, and the bit for a device of several functions */
export const PCI_HEADER_TYPE_BRIDGE = 0x01
export const PCI_HEADER_TYPE_MFD = 0x80
/** type 1 header: bus numbers, and the windows of the bridge */
export const PCI_PRIMARY_BUS = 0x18
export const PCI_SECONDARY_BUS = 0x19
export const PCI_SUBORDINATE_BUS = 0x1a
export const PCI_IO_BASE = 0x1c
export const PCI_MEMORY_BASE = 0x20
export const PCI_MEMORY_LIMIT = 0x22
export const PCI_PREF_MEMORY_BASE = 0x24
export const PCI_PREF_MEMORY_LIMIT = 0x26
export const PCI_PREF_BASE_UPPER32 = 0x28
export const PCI_PREF_LIMIT_UPPER32 = 0x2c
export const PCI_PREF_RANGE_TYPE_64 = 0x01
export const PCI_CLASS_BRIDGE_PCI = 0x060400

export const PCI_BASE_ADDRESS_MEM_TYPE_MASK = 0x6
export const PCI_BASE_ADDRESS_MEM_TYPE_64 = 0x4
export const PCI_BASE_ADDRESS_MEM_PREFETCH = 0x8

// Conventional capabilities.
export const PCI_CAP_ID_PM = 0x01
export const PCI_CAP_ID_MSI = 0x05
export const PCI_CAP_ID_EXP = 0x10
export const PCI_CAP_ID_MSIX = 0x11
export const PCI_CAP_LIST_NEXT = 1

/** offset of the VFs' MSI-X capability, and its length (the window the variant driver passes through) */
export const NVIDIA_VF_MSIX_CAP = 0x7c
export const PCI_CAP_MSIX_SIZEOF = 12
export const PCI_MSIX_FLAGS = 2
export const PCI_MSIX_FLAGS_QSIZE = 0x7ff
export const PCI_MSIX_FLAGS_MASKALL = 0x4000
export const PCI_MSIX_FLAGS_ENABLE = 0x8000
export const PCI_MSIX_TABLE = 4
export const PCI_MSIX_PBA = 8

/** in the PCI Express capability: device capabilities, and the bit that announces function-level reset */
export const PCI_EXP_DEVCAP = 4
export const PCI_EXP_DEVCAP_FLR = 0x1000_0000
/** flags of the capability: version 2 of a root port with a slot */
export const PCI_EXP_FLAGS = 2
export const PCI_EXP_FLAGS_ROOT_PORT_SLOT = 0x0142
/** second set of device capabilities and control, with the bits for ARI forwarding */
export const PCI_EXP_DEVCAP2 = 0x24
export const PCI_EXP_DEVCTL2 = 0x28
export const PCI_EXP_DEVCAP2_ARI = 0x20
export const PCI_EXP_DEVCTL2_ARI = 0x20
/** link capabilities, status and their second set; speeds are numbered from 2.5 GT/s = 1, a width stands at bit 4 */
export const PCI_EXP_LNKCAP = 0x0c
export const PCI_EXP_LNKSTA = 0x12
export const PCI_EXP_LNKCAP2 = 0x2c
export const PCI_EXP_LNKCTL2 = 0x30
export const PCI_EXP_LNKCAP_ASPM_L1 = 0x800
export const PCI_EXP_LNK_SPEED = 0xf
export const PCI_EXP_LNK_WIDTH = 0x3f0
export const PCI_EXP_LNK_WIDTH_SHIFT = 4
/** slot clock in use */
export const PCI_EXP_LNKSTA_SLC = 0x1000

// Extended capabilities; the header word is id | version << 16 | next << 20.
export const PCI_EXT_CAP_START = 0x100
export const PCI_EXT_CAP_ID_ACS = 0x0d
export const PCI_EXT_CAP_ID_ARI = 0x0e
export const PCI_EXT_CAP_ID_SRIOV = 0x10

/** offset of the SR-IOV capability on AD102: VF BAR1 is register 0xbf4, VF BAR2 is 0xbfc */
export const AD102_SRIOV_CAP = 0xbcc

// Offsets inside the SR-IOV capability and its control bits.
export const PCI_SRIOV_CAP = 0x04
export const PCI_SRIOV_CTRL = 0x08
export const PCI_SRIOV_CTRL_VFE = 0x1
export const PCI_SRIOV_CTRL_MSE = 0x8
export const PCI_SRIOV_CTRL_ARI = 0x10
export const PCI_SRIOV_STATUS = 0x0a
export const PCI_SRIOV_INITIAL_VF = 0x0c
export const PCI_SRIOV_TOTAL_VF = 0x0e
export const PCI_SRIOV_NUM_VF = 0x10
export const PCI_SRIOV_FUNC_LINK = 0x12
export const PCI_SRIOV_VF_OFFSET = 0x14
export const PCI_SRIOV_VF_STRIDE = 0x16
export const PCI_SRIOV_VF_DID = 0x1a
export const PCI_SRIOV_SUP_PGSIZE = 0x1c
export const PCI_SRIOV_SYS_PGSIZE = 0x20
export const PCI_SRIOV_BAR = 0x24
export const PCI_SRIOV_VFM = 0x3c
export const PCI_EXT_CAP_SRIOV_SIZEOF = 0x40

export const PCI_VENDOR_ID_NVIDIA = 0x10de
export const PCI_VENDOR_ID_AMD = 0x1022
/** class, subclass and programming interface as one 24-bit number */
export const PCI_CLASS_DISPLAY_VGA = 0x030000
/** class of the hardware VF and of a data-centre PF; the variant driver's id table matches it exactly */
export const PCI_CLASS_DISPLAY_3D = 0x030200

export interface PciAddress {
  /** 0 to 0xffff */
  readonly domain: number
  /** 0 to 0xff */
  readonly bus: number
  /** 0 to 0x1f */
  readonly device: number
  /** 0 to 7 */
  readonly function: number
}

/** `0000:c1:00.4`, the kernel's spelling: four, two, two and one lower-case hexadecimal digits. */
export function formatBdf(address: PciAddress): string {
  return `${hex(address.domain, 4)}:${hex(address.bus, 2)}:${hex(address.device, 2)}.${address.function}`
}

/**
 * The routing id (domain << 16 | bus << 8 | device << 3 | function, dbdf in the ABI) of an address in any usual
 * spelling: `c1:00.0`, `0000:c1:00.0` or nvidia-smi's `00000000:C1:00.0`, in any case.
 * @returns null for a text that is not an address, or a domain above the 16 bits of a routing id
 */
export function parseBdf(text: string): number | null {
  const at = text.length - 'bb:dd.f'.length
  if ((at !== 0 && at !== 5 && at !== 9) || text[at + 2] !== ':' || text[at + 5] !== '.') return null
  if (at > 0 && text[at - 1] !== ':') return null
  const domain = hexAt(text, 0, at - 1)
  const bus = hexAt(text, at, at + 2)
  const device = hexAt(text, at + 3, at + 5)
  const fn = hexAt(text, at + 6, at + 7)
  const isAddress = domain <= 0xffff && bus <= 0xff && device <= 0x1f && fn <= 7
  return isAddress ? domain * 0x10000 + bus * 0x100 + device * 8 + fn : null
}

/** Parses hexadecimal digits in a part of a text: 0 for an empty part, NaN for any other character. */
function hexAt(text: string, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) {
    value = value * 16 + digitAt(text, at)
  }
  return value
}

function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : Number.NaN
}

/** The address of a routing id (0 to 2^32 - 1) in the kernel's spelling. */
export function formatRoutingId(id: number): string {
  return formatBdf({ domain: id >>> 16, bus: (id >>> 8) & 0xff, device: (id >>> 3) & 0x1f, function: id & 7 })
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
