import { alignUp } from '../../abi/align.ts'
import {
  NVIDIA_VF_MSIX_CAP,
  PCI_BASE_ADDRESS_0,
  PCI_CACHE_LINE_SIZE,
  PCI_CAPABILITY_LIST,
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_CFG_SPACE_SIZE,
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_INTERRUPT_LINE,
  PCI_INTERRUPT_PIN,
  PCI_LATENCY_TIMER,
  PCI_MSIX_FLAGS,
  PCI_MSIX_PBA,
  PCI_MSIX_TABLE,
  PCI_REVISION_ID,
  PCI_ROM_ADDRESS,
  PCI_STATUS,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../abi/pci.ts'
import { VFIO_PCI_NUM_IRQS } from '../../abi/vfio.ts'
import type {
  VfioAccessView,
  VfioConfigView,
  VfioInfoView,
  VfioMappingView,
  VfioRegionView,
} from '../../contract/views/vfio.ts'
import { boardOf } from '../board-of.ts'
import { ConfigSpace } from '../hw/config-space.ts'
import { vfResources } from '../hw/resources.ts'
import { iommuGroup } from '../iommu.ts'
import { stateAt, type VfAt } from '../select.ts'
import type { HostState } from '../state.ts'
import { vfDriverName } from '../vf-driver.ts'
import { DEVICE_INFO } from '../vfio/ioctl.ts'
import { IRQ_NAMES, irqInfo } from '../vfio/irqs.ts'
import { type Mapping, REGION_NAMES, type RegionInfo } from '../vfio/regions.ts'
import { pluginTask } from './gsp-inside.ts'
import { hex, typeRef } from './words.ts'

/** Size of the stored configuration space. All bytes beyond it are zero. */
export const CONVENTIONAL_BYTES = PCI_CFG_SPACE_SIZE
const PAGE = 4096

const DEVICE_FLAGS = ['reset', 'pci']
const REGION_FLAGS = ['read', 'write', 'mmap']
const IRQ_FLAGS = ['eventfd', 'maskable', 'automasked', 'noresize']

export function infoView(host: HostState, { gpu: index, vf }: VfAt): VfioInfoView {
  const gpu = stateAt(host, index)
  const hardware = new ConfigSpace(vf.config, () => {})
  const command = hardware.read16(PCI_COMMAND)
  return {
    gpu: index,
    vf: vf.bdf,
    index: vf.index,
    driver: vfDriverName(host, vf.driver),
    unbound: vf.unbound,
    iommuGroup: iommuGroup(index, vf.index),
    state: vf.opened === null ? 'closed' : 'open',
    vm: vf.opened?.vm ?? null,
    pid: vf.opened?.pid ?? null,
    guestOs: vf.opened?.guestOs ?? null,
    policy: vf.opened?.policy ?? null,
    vgpu: vf.uuid,
    vgpuType: vf.vgpuType === 0 ? null : typeRef(host, vf.vgpuType),
    flags: words(DEVICE_INFO.flags, DEVICE_FLAGS),
    numRegions: DEVICE_INFO.num_regions,
    irqs: Array.from({ length: VFIO_PCI_NUM_IRQS }, (_, irq) => {
      const { count, flags } = irqInfo(hardware, irq)
      return { index: irq, name: IRQ_NAMES[irq] ?? '', count, flags: words(flags, IRQ_FLAGS) }
    }),
    migration: vf.mig.state,
    bar0Mapped: vf.bar0Mapped,
    enabled: (command & PCI_COMMAND_MEMORY) !== 0,
    busMaster: (command & PCI_COMMAND_MASTER) !== 0,
    pluginBusMaster: pluginTask(gpu, vf.index + 1)?.busMaster ?? false,
    disconnected: vf.disconnected,
  }
}

export function regionView(host: HostState, { gpu: index, vf }: VfAt, region: RegionInfo): VfioRegionView {
  const gpu = stateAt(host, index)
  const resources = vfResources(new ConfigSpace(gpu.hw.config, () => {}), boardOf(gpu), vf.index)
  return {
    vf: vf.bdf,
    index: region.index,
    name: REGION_NAMES[region.index] ?? '',
    offset: hex(region.offset),
    size: region.size,
    flags: region.flags === null ? null : words(region.flags, REGION_FLAGS),
    mappable: alignUp(resources[region.index]?.size ?? 0, PAGE),
  }
}

/** Registers of the header and of the one capability, in order. */
const REGISTERS: readonly (readonly [offset: number, size: 1 | 2 | 4, name: string])[] = [
  [PCI_VENDOR_ID, 2, 'vendor id'],
  [PCI_DEVICE_ID, 2, 'device id'],
  [PCI_COMMAND, 2, 'command'],
  [PCI_STATUS, 2, 'status'],
  [PCI_REVISION_ID, 1, 'revision'],
  [PCI_CLASS_PROG, 1, 'programming interface'],
  [PCI_CLASS_PROG + 1, 2, 'class'],
  [PCI_CACHE_LINE_SIZE, 1, 'cache line size'],
  [PCI_LATENCY_TIMER, 1, 'latency timer'],
  [PCI_HEADER_TYPE, 1, 'header type'],
  ...[0, 1, 2, 3, 4, 5].map((bar) => [PCI_BASE_ADDRESS_0 + 4 * bar, 4, `BAR${bar}`] as const),
  [PCI_SUBSYSTEM_VENDOR_ID, 2, 'subsystem vendor id'],
  [PCI_SUBSYSTEM_ID, 2, 'subsystem id'],
  [PCI_ROM_ADDRESS, 4, 'ROM BAR'],
  [PCI_CAPABILITY_LIST, 1, 'capability pointer'],
  [PCI_INTERRUPT_LINE, 1, 'interrupt line'],
  [PCI_INTERRUPT_PIN, 1, 'interrupt pin'],
  [NVIDIA_VF_MSIX_CAP, 2, 'MSI-X capability'],
  [NVIDIA_VF_MSIX_CAP + PCI_MSIX_FLAGS, 2, 'MSI-X control'],
  [NVIDIA_VF_MSIX_CAP + PCI_MSIX_TABLE, 4, 'MSI-X table'],
  [NVIDIA_VF_MSIX_CAP + PCI_MSIX_PBA, 4, 'MSI-X pending bits'],
]

export function configView({ vf }: VfAt, bytes: Uint8Array): VfioConfigView {
  return {
    vf: vf.bdf,
    size: PCI_CFG_SPACE_EXP_SIZE,
    registers: REGISTERS.map(([offset, size, name]) => ({
      offset: hex(offset, 2),
      name,
      value: hex(littleEndian(bytes.subarray(offset, offset + size)), 2 * size),
    })),
    bytes: Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}

export function accessView(
  { vf }: VfAt,
  { region, offset, size }: { region: number; offset: number; size: number },
  bytes: Uint8Array,
): VfioAccessView {
  const value = littleEndian(bytes)
  const name = REGION_NAMES[region] ?? ''
  return { vf: vf.bdf, region, name, offset: hex(offset), size, value, hex: hex(value, 2 * size) }
}

export function mappingView({ vf }: VfAt, mapping: Mapping, offset: number): VfioMappingView {
  const { index, address, length, cached } = mapping
  return { vf: vf.bdf, region: index, offset: hex(offset), length, address: hex(address), cached }
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0)
}

function words(bits: number, names: readonly string[]): string[] {
  return names.filter((_, bit) => (bits & (1 << bit)) !== 0)
}
