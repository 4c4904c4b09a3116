import {
  formatRoutingId,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PM,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_BRIDGE_PCI,
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP2,
  PCI_EXP_DEVCAP2_ARI,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVCTL2_ARI,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_ROOT_PORT_SLOT,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCAP2,
  PCI_EXP_LNKCTL2,
  PCI_EXP_LNKSTA,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_START,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MFD,
  PCI_IO_BASE,
  PCI_MEMORY_BASE,
  PCI_MEMORY_LIMIT,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
  PCI_PREF_MEMORY_LIMIT,
  PCI_PREF_RANGE_TYPE_64,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID,
  PCI_VENDOR_ID_AMD,
  parseBdf,
} from '../../abi/pci.ts'
import type { Board } from '../../catalog/boards.ts'
import { ConfigSpace } from './config-space.ts'
import { PF_EXP_CAP, readSriov } from './pf.ts'
import {
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  iovResources,
  pfResources,
  type Resource,
} from './resources.ts'

/** AMD Starship/Matisse GPP Bridge: the root port of an EPYC host, where a GPU on bus c1 is usual. */
export const PORT_DEVICE_ID = 0x1483
const EXP_CAP = 0x58
const PM_CAP = 0x50
/** bus of the root ports, and the first bus below them */
const ROOT_BUS = 0xc0
const FIRST_BUS = 0xc1
const FIRST_DEVICE = 1
const MiB = 0x10_0000
/** source validation, request and completion redirect, upstream forwarding: what IOMMU groups of one function need */
const ACS_BITS = 0x1d

/** Address of the root port above a PF: a function of c0:01 and the devices after it, one for each bus from c1 on. */
export function portAddress(pf: string): string {
  const id = parseBdf(pf) ?? 0
  const bus = (id >>> 8) & 0xff
  const devfn = FIRST_DEVICE * 8 + ((bus - FIRST_BUS) & 0xff)
  return formatRoutingId((id >>> 16) * 0x10000 + ROOT_BUS * 0x100 + (devfn & 0xff))
}

/** Whether an address lies on the bus of the root ports. */
export function isOnRootBus(bdf: string): boolean {
  return (((parseBdf(bdf) ?? 0) >>> 8) & 0xff) === ROOT_BUS
}

/** Name of the host bridge above a PF, a directory of /sys/devices. */
export function hostBridge(pf: string): string {
  return `pci${portAddress(pf).slice(0, 'DDDD:BB'.length)}`
}

/** Windows of a root port: one for 32-bit memory, one for prefetchable memory. They cover all windows of the GPU. */
export interface PortWindows {
  readonly memory: Resource
  readonly prefetchable: Resource
}

/** The windows below a root port, in steps of 1 MiB. */
export function portWindows(pf: ConfigSpace, board: Board): PortWindows {
  const all = [...pfResources(pf, board), ...iovResources(pf, board)].filter(({ size }) => size > 0)
  const cover = (windows: readonly Resource[], flags: number): Resource => {
    if (windows.length === 0) return { start: 0, size: 0, flags: 0 }
    const start = Math.floor(Math.min(...windows.map((one) => one.start)) / MiB) * MiB
    const end = Math.ceil(Math.max(...windows.map((one) => one.start + one.size)) / MiB) * MiB
    return { start, size: end - start, flags }
  }
  const isHigh = ({ flags }: Resource) => (flags & IORESOURCE_PREFETCH) !== 0
  return {
    memory: cover(
      all.filter((one) => !isHigh(one)),
      IORESOURCE_MEM,
    ),
    prefetchable: cover(
      all.filter(isHigh),
      IORESOURCE_MEM + IORESOURCE_PREFETCH + IORESOURCE_MEM_64 + PCI_PREF_RANGE_TYPE_64,
    ),
  }
}

/** Configuration space of the root port above a PF. It follows from the PF: nothing in it is writable. */
export function portConfig(pf: ConfigSpace, bdf: string, board: Board): ConfigSpace {
  const config = new ConfigSpace('', () => {})
  const bus = ((parseBdf(bdf) ?? 0) >>> 8) & 0xff
  config.write16(PCI_VENDOR_ID, PCI_VENDOR_ID_AMD)
  config.write16(PCI_DEVICE_ID, PORT_DEVICE_ID)
  config.write16(PCI_COMMAND, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER)
  config.write16(PCI_STATUS, PCI_STATUS_CAP_LIST)
  config.write16(PCI_CLASS_PROG + 1, PCI_CLASS_BRIDGE_PCI >> 8)
  config.write8(PCI_HEADER_TYPE, PCI_HEADER_TYPE_BRIDGE | PCI_HEADER_TYPE_MFD)
  config.write8(PCI_PRIMARY_BUS, ROOT_BUS)
  config.write8(PCI_SECONDARY_BUS, bus)
  config.write8(PCI_SUBORDINATE_BUS, bus)
  writeWindows(config, portWindows(pf, board))
  config.write8(PCI_CAPABILITY_LIST, PM_CAP)
  config.write16(PM_CAP, (EXP_CAP << 8) | PCI_CAP_ID_PM)
  // version 3, no soft reset
  config.write16(PM_CAP + 2, 0x0003)
  config.write16(PM_CAP + 4, 0x0008)
  writeExpress(config, pf)
  config.write32(PCI_EXT_CAP_START, (1 << 16) | PCI_EXT_CAP_ID_ACS)
  config.write16(PCI_EXT_CAP_START + 4, ACS_BITS)
  config.write16(PCI_EXT_CAP_START + 6, ACS_BITS)
  return config
}

/** The link has the PF's speed and width at both ends. ARI forwarding is on where the PF has VFs. */
function writeExpress(config: ConfigSpace, pf: ConfigSpace): void {
  config.write16(EXP_CAP, PCI_CAP_ID_EXP)
  config.write16(EXP_CAP + PCI_EXP_FLAGS, PCI_EXP_FLAGS_ROOT_PORT_SLOT)
  // payloads of 512 bytes, extended tags, role-based errors
  config.write32(EXP_CAP + PCI_EXP_DEVCAP, 0x8022)
  config.write32(EXP_CAP + PCI_EXP_DEVCAP2, PCI_EXP_DEVCAP2_ARI)
  if (readSriov(pf) !== null) config.write16(EXP_CAP + PCI_EXP_DEVCTL2, PCI_EXP_DEVCTL2_ARI)
  for (const register of [PCI_EXP_LNKCAP, PCI_EXP_LNKCAP2])
    config.write32(EXP_CAP + register, pf.read32(PF_EXP_CAP + register))
  for (const register of [PCI_EXP_LNKSTA, PCI_EXP_LNKCTL2])
    config.write16(EXP_CAP + register, pf.read16(PF_EXP_CAP + register))
}

function writeWindows(config: ConfigSpace, { memory, prefetchable }: PortWindows): void {
  // a base above its limit closes a window
  config.write16(PCI_IO_BASE, 0x00f0)
  const base = (start: number) => Math.floor(start / 0x1_0000) & 0xfff0
  const last = ({ start, size }: Resource) => start + size - 1
  if (memory.size > 0) {
    config.write16(PCI_MEMORY_BASE, base(memory.start))
    config.write16(PCI_MEMORY_LIMIT, base(last(memory)))
  }
  if (prefetchable.size === 0) return
  const upper = (address: number) => Math.floor(address / 0x1_0000_0000)
  config.write16(PCI_PREF_MEMORY_BASE, base(prefetchable.start % 0x1_0000_0000) | PCI_PREF_RANGE_TYPE_64)
  config.write16(PCI_PREF_MEMORY_LIMIT, base(last(prefetchable) % 0x1_0000_0000) | PCI_PREF_RANGE_TYPE_64)
  config.write32(PCI_PREF_BASE_UPPER32, upper(prefetchable.start))
  config.write32(PCI_PREF_LIMIT_UPPER32, upper(last(prefetchable)))
}
