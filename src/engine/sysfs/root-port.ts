import {
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_CLASS_BRIDGE_PCI,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
  PCI_VENDOR_ID_AMD,
} from '../../abi/pci.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import type { ConfigSpace } from '../hw/config-space.ts'
import type { Resource } from '../hw/resources.ts'
import { PORT_DEVICE_ID, portAddress, portConfig, portWindows } from '../hw/root-port.ts'
import { iommuGroup } from '../iommu.ts'
import { PROCESSORS } from '../processors.ts'
import {
  type Attributes,
  directory,
  dynamic,
  files,
  link,
  objectDirectory,
  type SysfsDirectory,
  type SysfsNode,
} from './node.ts'
import { ANY_DEVICE, fixedSwitch, removeDevice } from './pci-controls.ts'
import { gpuOf, hardwareOf, type PciFunction } from './pci-function.ts'
import { linkAttributes } from './pci-link.ts'
import { hex, modaliasOf, type PciIds, storeUevent, ueventOf, windowLine } from './pci-text.ts'
import { powerDirectory } from './power.ts'

export const PORT_DRIVER = 'pcieport'

/** The PF whose root port is meant. */
export type PortAt = PciFunction

const IDS: PciIds = {
  vendor: PCI_VENDOR_ID_AMD,
  device: PORT_DEVICE_ID,
  subvendor: 0,
  subdevice: 0,
  class: PCI_CLASS_BRIDGE_PCI,
}
const NO_WINDOW: Resource = { start: 0, size: 0, flags: 0 }
/** BARs, ROM, the windows of SR-IOV, and the I/O window, before the two memory windows; CardBus comes last. */
const WINDOWS_BEFORE = 14

const PORT_ATTRIBUTES: Attributes<PortAt> = {
  ...ANY_DEVICE,
  ...linkAttributes(configOf),
  ari_enabled: { mode: 0o444, show: () => '0\n' },
  class: { mode: 0o444, show: () => `0x${hex(IDS.class, 6)}\n` },
  config: {
    mode: 0o644,
    size: () => PCI_CFG_SPACE_EXP_SIZE,
    show: (at) => configOf(at).bytes,
    // every register is hardwired
    storeBytes: () => {},
  },
  consistent_dma_mask_bits: { mode: 0o444, show: () => '32\n' },
  device: { mode: 0o444, show: () => `0x${hex(IDS.device, 4)}\n` },
  dma_mask_bits: { mode: 0o444, show: () => '32\n' },
  driver_override: { mode: 0o644, show: () => '(null)\n', store: (at) => keepsItsDriver(at, 'driver_override_store') },
  enable: { ...fixedSwitch('enable_store', true), store: (at) => keepsItsDriver(at, 'enable_store') },
  irq: { mode: 0o444, show: () => '0\n' },
  modalias: { mode: 0o444, show: () => `${modaliasOf(IDS)}\n` },
  numa_node: { mode: 0o444, show: () => `${PROCESSORS.numaNode}\n` },
  power_state: { mode: 0o444, show: () => 'D0\n' },
  remove: { mode: 0o220, store: (at, text) => removeDevice(portOf(at), text) },
  resource: { mode: 0o444, show: (at) => windowsOf(at).map(windowLine).join('') },
  revision: { mode: 0o444, show: () => '0x00\n' },
  secondary_bus_number: { mode: 0o444, show: (at) => `${configOf(at).read8(PCI_SECONDARY_BUS)}\n` },
  subordinate_bus_number: { mode: 0o444, show: (at) => `${configOf(at).read8(PCI_SUBORDINATE_BUS)}\n` },
  subsystem_device: { mode: 0o444, show: () => '0x0000\n' },
  subsystem_vendor: { mode: 0o444, show: () => '0x0000\n' },
  uevent: { mode: 0o644, show: (at) => ueventOf(portOf(at), IDS, PORT_DRIVER), store: storeUevent },
  vendor: { mode: 0o444, show: () => `0x${hex(IDS.vendor, 4)}\n` },
}

/** Address of the root port above a function. */
export function portOf(at: PciFunction): string {
  return portAddress(gpuOf(at).bdf)
}

/** The directory of a root port: its files, and the functions below it by address. */
export function portDirectory(
  at: PortAt,
  below: { names(): string[]; entry(bdf: string): SysfsNode | undefined },
): SysfsDirectory {
  const own = objectDirectory(at, PORT_ATTRIBUTES, {
    driver: link(`../../../bus/pci/drivers/${PORT_DRIVER}`),
    iommu_group: link(`../../../kernel/iommu_groups/${iommuGroup(at.gpu, 'port')}`),
    power: () => powerDirectory(),
    subsystem: link('../../../bus/pci'),
  })
  return dynamic(
    () => [...own.names(), ...below.names()],
    (name) => own.entry(name) ?? below.entry(name),
  )
}

/** /sys/bus/pci/drivers/pcieport. Its devices keep it. */
export function portDriverDirectory(ports: readonly PortAt[], homeOf: (port: PortAt) => string): SysfsDirectory {
  const refuse = { mode: 0o200, store: (_at: null, text: string) => refuseDriverControl(text) }
  return directory({
    ...files(null, { bind: refuse, new_id: refuse, remove_id: refuse, unbind: refuse }),
    ...files(null, { uevent: { mode: 0o200, store: storeUevent } }),
    ...Object.fromEntries(ports.map((port) => [portOf(port), link(homeOf(port))])),
  })
}

function configOf(at: PortAt): ConfigSpace {
  const gpu = gpuOf(at)
  return portConfig(hardwareOf(at), gpu.bdf, boardOf(gpu))
}

function windowsOf(at: PortAt): Resource[] {
  const { memory, prefetchable } = portWindows(hardwareOf(at), boardOf(gpuOf(at)))
  return [...Array.from({ length: WINDOWS_BEFORE }, () => NO_WINDOW), memory, prefetchable, NO_WINDOW]
}

function keepsItsDriver(at: PortAt, where: string): never {
  throw new NvError({
    errno: 'EBUSY',
    code: 'unsupported',
    at: where,
    message: `the root port ${portOf(at)} keeps its driver ${PORT_DRIVER}`,
    object: portOf(at),
  })
}

function refuseDriverControl(text: string): never {
  throw new NvError({
    errno: 'ENODEV',
    code: 'unsupported',
    at: 'bind_store',
    message: `${PORT_DRIVER} keeps the root ports and takes no other device: ${text.trim().slice(0, 32)}`,
  })
}
