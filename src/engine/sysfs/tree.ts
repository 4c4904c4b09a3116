import { functionOfGroup, iommuGroup } from '../iommu.ts'
import type { HostState } from '../state.ts'
import { debugDirectory } from './debugfs.ts'
import { driverDirectory, driverNames, driversProbeStore } from './drivers.ts'
import { moduleDirectory } from './modules.ts'
import { type Attributes, directory, dynamic, files, link, type SysfsDirectory, type SysfsNode } from './node.ts'
import { PF_ATTRIBUTES, VF_ATTRIBUTES } from './pci-attributes.ts'
import {
  allFunctions,
  bdfOf,
  driverOf,
  functionsOf,
  gpuOf,
  type PciFunction,
  profileOf,
  type VfFunction,
} from './pci-function.ts'
import { hasVgpuAttributes, VGPU_ATTRIBUTES } from './vgpu-attributes.ts'

const BUS_ATTRIBUTES: Attributes<HostState> = {
  drivers_probe: { mode: 0o200, store: driversProbeStore },
}

/**
 * /sys of the simulated host. Devices are directories in /sys/bus/pci/devices; links point there. The nodes hold no
 * state of their own and read the host's state on access.
 */
export function sysfsRoot(host: HostState): SysfsDirectory {
  const functions = functionsOf(host)
  return directory({
    bus: directory({
      pci: () =>
        directory({
          devices: dynamic(
            () => functions.all().map(bdfOf),
            (name) => {
              const at = functions.at(name)
              return at && functionDirectory(at)
            },
          ),
          drivers: dynamic(
            () => driverNames(host),
            (name) => (driverNames(host).includes(name) ? driverDirectory(host, name) : undefined),
          ),
          ...files(host, BUS_ATTRIBUTES),
        }),
    }),
    kernel: directory({
      debug: () => debugDirectory(host),
      iommu_groups: () =>
        dynamic(
          () => allFunctions(host).map((at) => String(groupOf(at))),
          (name) => groupDirectory(host, name),
        ),
    }),
    module: () => moduleDirectory(host),
  })
}

/** The directory of a PCI device: its files, and links to related nodes. */
function functionDirectory(at: PciFunction): SysfsDirectory {
  const driver = driverOf(at)
  const links: Record<string, SysfsNode> = {
    ...(driver === null ? {} : { driver: link(`../../drivers/${driver}`) }),
    iommu_group: link(`../../../../kernel/iommu_groups/${groupOf(at)}`),
    subsystem: link('../../../../bus/pci'),
  }
  return isVf(at) ? vfDirectory(at, links) : pfDirectory(at, links)
}

function pfDirectory(at: PciFunction, links: Record<string, SysfsNode>): SysfsDirectory {
  const virtfns = gpuOf(at).vfs.map((vf) => [`virtfn${vf.index}`, link(`../${vf.bdf}`)] as const)
  return directory({ ...files(at, PF_ATTRIBUTES), ...links, ...Object.fromEntries(virtfns) })
}

function vfDirectory(at: VfFunction, links: Record<string, SysfsNode>): SysfsDirectory {
  const group = VGPU_ATTRIBUTES[profileOf(at).vgpuAttributes]
  return directory({
    ...files(at, VF_ATTRIBUTES),
    ...links,
    ...(hasVgpuAttributes(at) ? { nvidia: () => directory(files(at, group)) } : {}),
    physfn: link(`../${gpuOf(at).bdf}`),
    ...(at.vf.driver === null || at.vf.unbound ? {} : { 'vfio-dev': () => vfioDirectory(at) }),
  })
}

/** The VFIO character device of a bound VF. The kernel numbers devices by time; here the number follows the address. */
function vfioDirectory(at: VfFunction): SysfsDirectory {
  const name = `vfio${groupOf(at) - iommuGroup(0, null)}`
  return directory({ [name]: directory({ device: link(`../../../${at.vf.bdf}`) }) })
}

function groupDirectory(host: HostState, name: string): SysfsNode | undefined {
  const found = /^[0-9]{1,6}$/.test(name) ? functionOfGroup(Number(name)) : null
  const state = found && host.gpus[found.gpu]
  if (!found || !state) return undefined
  const vf = found.vf === null ? null : state.vfs[found.vf]
  if (vf === undefined) return undefined
  const bdf = bdfOf({ host, gpu: found.gpu, vf })
  return directory({ devices: directory({ [bdf]: link(`../../../../bus/pci/devices/${bdf}`) }) })
}

function groupOf(at: PciFunction): number {
  return iommuGroup(at.gpu, at.vf?.index ?? null)
}

function isVf(at: PciFunction): at is VfFunction {
  return at.vf !== null
}
