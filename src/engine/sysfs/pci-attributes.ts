import {
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_COMMAND,
  PCI_COMMAND_MEMORY,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_REVISION_ID,
  PCI_SRIOV_VF_DID,
} from '../../abi/pci.ts'
import { NvError } from '../../errors/nv-error.ts'
import { boardOf } from '../board-of.ts'
import { writeHardware } from '../hw/pci-write.ts'
import { readSriov } from '../hw/pf.ts'
import { iovResources, pfResources, type Resource, vfResources } from '../hw/resources.ts'
import { textProblem } from '../name-rules.ts'
import { PROCESSORS } from '../processors.ts'
import { onMachine } from '../verbs/run.ts'
import type { Attributes } from './node.ts'
import { invalid, kstrtobool, kstrtoul } from './numbers.ts'
import { ANY_DEVICE, FUNCTION_CONTROLS } from './pci-controls.ts'
import {
  bdfOf,
  driverOf,
  gpuOf,
  hardwareOf,
  ownerOf,
  type PciFunction,
  pciIds,
  type VfFunction,
} from './pci-function.ts'
import { linkAttributes } from './pci-link.ts'
import { hex, modaliasOf, storeUevent, ueventOf, windowLine } from './pci-text.ts'

const NO_WINDOW: Resource = { start: 0, size: 0, flags: 0 }
/** Indices of memory BARs. Their files support only mmap. */
const BAR_FILES = [0, 1, 3]

const hasSriov = (at: PciFunction) => readSriov(hardwareOf(at)) !== null

/** Attributes of every PCI function (drivers/pci/pci-sysfs.c). */
const COMMON: Attributes<PciFunction> = {
  ...ANY_DEVICE,
  ...FUNCTION_CONTROLS,
  ...linkAttributes(hardwareOf),
  ari_enabled: { mode: 0o444, show: (at) => `${hasSriov({ ...at, vf: null }) ? 1 : 0}\n` },
  class: { mode: 0o444, show: (at) => `0x${hex(pciIds(at).class, 6)}\n` },
  config: {
    mode: 0o644,
    size: () => PCI_CFG_SPACE_EXP_SIZE,
    show: (at) => hardwareOf(at).bytes,
    storeBytes: writeConfig,
  },
  device: { mode: 0o444, show: (at) => `0x${hex(pciIds(at).device, 4)}\n` },
  driver_override: {
    mode: 0o644,
    show: (at) => `${ownerOf(at).driverOverride ?? '(null)'}\n`,
    store(at, text) {
      if (text.length >= 4095) throw invalid(text, 'driver_override_store')
      const name = text.split('\n')[0] ?? ''
      if (textProblem(name) !== null) throw invalid(text, 'driver_override_store')
      ownerOf(at).driverOverride = name === '' ? null : name
    },
  },
  enable: { mode: 0o644, show: (at) => `${isEnabled(at) ? 1 : 0}\n`, store: storeEnable },
  // no interrupt pin: MSI-X only
  irq: { mode: 0o444, show: () => '0\n' },
  modalias: { mode: 0o444, show: (at) => `${modaliasOf(pciIds(at))}\n` },
  // the simulated machine has no NUMA nodes
  numa_node: { mode: 0o644, show: () => `${PROCESSORS.numaNode}\n`, store: storeNumaNode },
  power_state: { mode: 0o444, show: (at) => `${at.host.suspended ? 'D3hot' : 'D0'}\n` },
  resource: { mode: 0o444, show: (at) => windowsOf(at).map(windowLine).join('') },
  ...Object.fromEntries(
    BAR_FILES.map((bar) => [
      `resource${bar}`,
      {
        mode: 0o600,
        present: (at: PciFunction) => (windowsOf(at)[bar]?.size ?? 0) > 0,
        size: (at: PciFunction) => windowsOf(at)[bar]?.size ?? 0,
        show: notByCopy,
        storeBytes: notByCopy,
      },
    ]),
  ),
  revision: { mode: 0o444, show: (at) => `0x${hex(hardwareOf(at).read8(PCI_REVISION_ID), 2)}\n` },
  subsystem_device: { mode: 0o444, show: (at) => `0x${hex(pciIds(at).subdevice, 4)}\n` },
  subsystem_vendor: { mode: 0o444, show: (at) => `0x${hex(pciIds(at).subvendor, 4)}\n` },
  uevent: { mode: 0o644, show: (at) => ueventOf(bdfOf(at), pciIds(at), driverOf(at)), store: storeUevent },
  vendor: { mode: 0o444, show: (at) => `0x${hex(pciIds(at).vendor, 4)}\n` },
}

/** Additional attributes of a PF: SR-IOV (drivers/pci/iov.c). */
export const PF_ATTRIBUTES: Attributes<PciFunction> = {
  ...COMMON,
  sriov_drivers_autoprobe: {
    mode: 0o644,
    present: hasSriov,
    show: (at) => `${gpuOf(at).nvkm.sriovDriversAutoprobe ? 1 : 0}\n`,
    store(at, text) {
      gpuOf(at).nvkm.sriovDriversAutoprobe = kstrtobool(text, 'sriov_drivers_autoprobe_store')
    },
  },
  sriov_numvfs: {
    mode: 0o644,
    present: hasSriov,
    show: (at) => `${gpuOf(at).hw.numVfs}\n`,
    store: (at, text) => void onMachine(at.host, at.gpu, (machine) => machine.writeNumVfs(text, 'hand')),
  },
  sriov_offset: { mode: 0o444, present: hasSriov, show: (at) => `${readSriov(hardwareOf(at))?.vfOffset}\n` },
  sriov_stride: { mode: 0o444, present: hasSriov, show: (at) => `${readSriov(hardwareOf(at))?.vfStride}\n` },
  sriov_totalvfs: { mode: 0o444, present: hasSriov, show: (at) => `${readSriov(hardwareOf(at))?.totalVfs}\n` },
  // the only id without 0x
  sriov_vf_device: {
    mode: 0o444,
    present: hasSriov,
    show(at) {
      const config = hardwareOf(at)
      return `${config.read16(config.findExtCapability(PCI_EXT_CAP_ID_SRIOV) + PCI_SRIOV_VF_DID).toString(16)}\n`
    },
  },
  // the driver does not assign vectors to VFs
  sriov_vf_total_msix: { mode: 0o444, present: hasSriov, show: () => '0\n' },
}

/** Additional attributes of a VF. */
export const VF_ATTRIBUTES: Attributes<VfFunction> = {
  ...COMMON,
  sriov_vf_msix_count: {
    mode: 0o200,
    store() {
      throw new NvError({
        errno: 'EOPNOTSUPP',
        code: 'unsupported',
        at: 'sriov_vf_msix_count_store',
        message: 'the driver of the PF does not assign MSI-X vectors to VFs',
      })
    },
  },
}

/** Lines of `resource`: six BARs, the ROM, and the six windows of SR-IOV, empty in a VF. A bridge would have more. */
function windowsOf(at: PciFunction): Resource[] {
  const board = boardOf(gpuOf(at))
  const config = hardwareOf({ ...at, vf: null })
  return at.vf === null
    ? [...pfResources(config, board), NO_WINDOW, ...iovResources(config, board)]
    : [...vfResources(config, board, at.vf.index), NO_WINDOW, ...Array.from({ length: 6 }, () => NO_WINDOW)]
}

function isEnabled(at: PciFunction): boolean {
  if (at.vf === null) return gpuOf(at).nvkm.driver !== null
  return (hardwareOf(at).read16(PCI_COMMAND) & PCI_COMMAND_MEMORY) !== 0
}

/** enable_store: EBUSY under a driver, EIO to disable a disabled device. Without a driver only a VF's bit changes. */
function storeEnable(at: PciFunction, text: string): void {
  const on = kstrtoul(text, 'enable_store') !== 0
  const driver = driverOf(at)
  if (driver !== null) {
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at: 'enable_store',
      message: `${at.vf?.bdf ?? gpuOf(at).bdf} is bound to ${driver}`,
    })
  }
  const config = hardwareOf(at)
  const command = config.read16(PCI_COMMAND)
  if (!on && (command & PCI_COMMAND_MEMORY) === 0) {
    throw new NvError({ errno: 'EIO', code: 'wrong-state', at: 'enable_store', message: 'the device is not enabled' })
  }
  config.write16(PCI_COMMAND, on ? command | PCI_COMMAND_MEMORY : command & ~PCI_COMMAND_MEMORY)
  config.save()
}

/** The machine has no other node. */
function storeNumaNode(_at: PciFunction, text: string): void {
  if (text.replace(/\n$/, '') !== String(PROCESSORS.numaNode)) throw invalid(text, 'numa_node_store')
}

function writeConfig(at: PciFunction, bytes: Uint8Array, offset: number): void {
  const config = hardwareOf(at)
  for (const [i, byte] of bytes.entries()) {
    if (offset + i < PCI_CFG_SPACE_EXP_SIZE) writeHardware(config, offset + i, 1, byte)
  }
}

function notByCopy(): never {
  throw new NvError({
    errno: 'EIO',
    code: 'unsupported',
    at: 'pci_read_resource_io',
    message: 'a memory BAR is mapped, not read or written',
    hint: 'nvgpu vfio read VF bar0 OFFSET',
  })
}
