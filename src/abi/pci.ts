// Configuration space of a PCI function: offsets and bits with the names of the kernel's pci_regs.h.
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
/** the status bits that writing a one clears: parity and abort errors */
export const PCI_STATUS_ERROR_BITS = 0xf900

export const PCI_BASE_ADDRESS_MEM_TYPE_MASK = 0x6
export const PCI_BASE_ADDRESS_MEM_TYPE_64 = 0x4
export const PCI_BASE_ADDRESS_MEM_PREFETCH = 0x8

// Conventional capabilities.
export const PCI_CAP_ID_PM = 0x01
export const PCI_CAP_ID_MSI = 0x05
export const PCI_CAP_ID_EXP = 0x10
export const PCI_CAP_ID_MSIX = 0x11
export const PCI_CAP_LIST_NEXT = 1

/** where the MSI-X capability of these VFs sits, and its length (the window the variant driver passes through) */
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
/** link capabilities, status and their second set; speeds are numbered from 2.5 GT/s = 1, a width stands at bit 4 */
export const PCI_EXP_LNKCAP = 0x0c
export const PCI_EXP_LNKSTA = 0x12
export const PCI_EXP_LNKCAP2 = 0x2c
export const PCI_EXP_LNKCTL2 = 0x30
export const PCI_EXP_LNKCAP_ASPM_L1 = 0x800
/** slot clock in use */
export const PCI_EXP_LNKSTA_SLC = 0x1000

// Extended capabilities; the header word is id | version << 16 | next << 20.
export const PCI_EXT_CAP_START = 0x100
export const PCI_EXT_CAP_ID_ARI = 0x0e
export const PCI_EXT_CAP_ID_SRIOV = 0x10

/** where the SR-IOV capability sits on AD102, so that VF BAR1 is register 0xbf4 and VF BAR2 0xbfc */
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
/** class, subclass and programming interface as one 24-bit number */
export const PCI_CLASS_DISPLAY_VGA = 0x030000
/** what the hardware VF and a data-centre PF report, and the variant driver's id table matches exactly */
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
 * The routing id (domain << 16 | bus << 8 | device << 3 | function, what the ABI calls dbdf) of an address in any usual
 * spelling: `c1:00.0`, `0000:c1:00.0` or nvidia-smi's `00000000:C1:00.0`, in any case. `null` when the text is no
 * address, or its domain does not fit the 16 bits a routing id has.
 */
export function parseBdf(text: string): number | null {
  // the shortest is c1:00.0, and most texts that are asked about are names
  if (text.length < 7 || !text.includes(':')) return null
  const parts = /^(?:([0-9a-f]{4}|[0-9a-f]{8}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i.exec(text)
  if (!parts) return null
  const [, domain = '0', bus = '', device = '', fn = ''] = parts
  const high = Number.parseInt(domain, 16)
  if (high > 0xffff) return null
  return high * 0x10000 + Number.parseInt(bus, 16) * 0x100 + Number.parseInt(device, 16) * 8 + Number(fn)
}

/** The address of a routing id (0 to 2^32 - 1) in the kernel's spelling. */
export function formatRoutingId(id: number): string {
  return formatBdf({ domain: id >>> 16, bus: (id >>> 8) & 0xff, device: (id >>> 3) & 0x1f, function: id & 7 })
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
