import { hostBridge } from '../hw/root-port.ts'
import { iommuGroup } from '../iommu.ts'
import type { HostState } from '../state.ts'
import { hasMdev } from '../verbs/mdev.ts'
import { debugDirectory } from './debugfs.ts'
import { functionsBelow, physicalFunctions } from './home.ts'
import { iommuGroups } from './iommu-groups.ts'
import { mdevBus, mdevClass } from './mdev-bus.ts'
import { mdevDirectory } from './mdev-device.ts'
import { isMdevParent, supportedTypes } from './mdev-types.ts'
import { moduleDirectory } from './modules.ts'
import { directory, dynamic, files, link, objectDirectory, type SysfsDirectory, type SysfsNode } from './node.ts'
import { PF_ATTRIBUTES, VF_ATTRIBUTES } from './pci-attributes.ts'
import { pciBus } from './pci-bus.ts'
import {
  driverOf,
  type Functions,
  functionsOf,
  gpuOf,
  type PciFunction,
  profileOf,
  type VfFunction,
} from './pci-function.ts'
import { storeUevent } from './pci-text.ts'
import { powerDirectory } from './power.ts'
import { portDirectory, portOf } from './root-port.ts'
import { hasVfioDevice, vfioClass, vfioDevClass, vfioDevDirectory, vfioGroups } from './vfio-devices.ts'
import { hasVgpuAttributes, VGPU_ATTRIBUTES } from './vgpu-attributes.ts'

/**
 * /sys of the simulated host. Devices are directories below /sys/devices/pci<root bus>/<root port>; buses, classes and
 * groups link to them. The nodes hold no state of their own and read the host's state on access.
 */
export function sysfsRoot(host: HostState): SysfsDirectory {
  const functions = functionsOf(host)
  const { mdev } = profileOf({ host })
  return directory({
    bus: directory({ ...(mdev ? { mdev: () => mdevBus(host) } : {}), pci: () => pciBus(host, functions) }),
    class: directory({
      ...(mdev ? { mdev_bus: () => mdevClass(host) } : {}),
      vfio: () => vfioClass(host),
      'vfio-dev': () => vfioDevClass(host),
    }),
    devices: dynamic(
      () => [...bridgesOf(host), 'virtual'],
      (name) => {
        if (name === 'virtual') return directory({ vfio: () => vfioGroups(host) })
        const known = host.gpus.some((gpu) => hostBridge(gpu.bdf) === name)
        return known ? bridgeDirectory(host, name, functions) : undefined
      },
    ),
    kernel: directory({ debug: () => debugDirectory(host), iommu_groups: () => iommuGroups(host) }),
    module: () => moduleDirectory(host),
  })
}

/** The host bridges, one for each PCI domain with GPUs. */
function bridgesOf(host: HostState): string[] {
  return [...new Set(host.gpus.map((gpu) => hostBridge(gpu.bdf)))]
}

/** A host bridge, with its root ports. */
function bridgeDirectory(host: HostState, name: string, functions: Functions): SysfsDirectory {
  const own = directory({
    power: () => powerDirectory(),
    ...files(null, { uevent: { mode: 0o644, show: () => '', store: storeUevent } }),
  })
  const isHere = (at: PciFunction) => hostBridge(gpuOf(at).bdf) === name
  return dynamic(
    () => [...own.names(), ...physicalFunctions(host).filter(isHere).map(portOf)],
    (entry) => {
      const port = physicalFunctions(host).find((at) => portOf(at) === entry && isHere(at))
      if (!port) return own.entry(entry)
      const below = functionsBelow(port, functions)
      return portDirectory(port, {
        names: below.names,
        entry(bdf) {
          const at = below.find(bdf)
          return at && functionDirectory(at)
        },
      })
    },
  )
}

/** The directory of a PCI function: its files, and links to related nodes. */
function functionDirectory(at: PciFunction): SysfsDirectory {
  const driver = driverOf(at)
  const links: Record<string, SysfsNode | (() => SysfsNode)> = {
    ...(driver === null ? {} : { driver: link(`../../../../bus/pci/drivers/${driver}`) }),
    iommu_group: link(`../../../../kernel/iommu_groups/${iommuGroup(at.gpu, at.vf?.index ?? null)}`),
    power: () => powerDirectory(),
    subsystem: link('../../../../bus/pci'),
  }
  return isVf(at) ? vfDirectory(at, links) : pfDirectory(at, links)
}

type Entries = Readonly<Record<string, SysfsNode | (() => SysfsNode)>>

function pfDirectory(at: PciFunction, links: Entries): SysfsDirectory {
  const virtfns = gpuOf(at).vfs.map((vf) => [`virtfn${vf.index}`, link(`../${vf.bdf}`)] as const)
  return objectDirectory(at, PF_ATTRIBUTES, { ...links, ...Object.fromEntries(virtfns) })
}

function vfDirectory(at: VfFunction, links: Entries): SysfsDirectory {
  const group = VGPU_ATTRIBUTES[profileOf(at).vgpuAttributes]
  return objectDirectory(at, VF_ATTRIBUTES, {
    ...links,
    ...(hasVgpuAttributes(at) ? { nvidia: () => objectDirectory(at, group) } : {}),
    ...(isMdevParent(at) ? mdevEntries(at) : {}),
    physfn: link(`../${gpuOf(at).bdf}`),
    ...(hasVfioDevice(at) ? { 'vfio-dev': () => vfioDevDirectory(at) } : {}),
  })
}

/** Entries of a parent of mediated devices: its types, and the device that it has. */
function mdevEntries(at: VfFunction): Entries {
  return {
    mdev_supported_types: () => supportedTypes(at),
    ...(hasMdev(at) ? { [at.vf.uuid ?? '']: () => mdevDirectory(at) } : {}),
  }
}

function isVf(at: PciFunction): at is VfFunction {
  return at.vf !== null
}
