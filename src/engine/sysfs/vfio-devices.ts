import { iommuGroup, mdevGroup } from '../iommu.ts'
import type { HostState } from '../state.ts'
import { homeOf } from './home.ts'
import { mdevsOf } from './mdev-bus.ts'
import { isMdevParent } from './mdev-types.ts'
import { type Attributes, directory, dynamic, files, link, type SysfsDirectory } from './node.ts'
import { allFunctions, bdfOf, type VfFunction } from './pci-function.ts'
import { storeUevent } from './pci-text.ts'
import { powerDirectory } from './power.ts'

/** Dynamic majors of the two character devices: the kernel counts down from 511 in the order of registration. */
const GROUP_MAJOR = 511
const DEVICE_MAJOR = 510

interface CharDevice {
  readonly major: number
  readonly minor: number
  /** below /dev */
  readonly name: string
}

const CHAR_DEVICE: Attributes<CharDevice> = {
  dev: { mode: 0o444, show: ({ major, minor }) => `${major}:${minor}\n` },
  uevent: {
    mode: 0o644,
    show: ({ major, minor, name }) => `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${name}\n`,
    store: storeUevent,
  },
}

/** The VFs with a VFIO device. */
function vfioFunctions(host: HostState): VfFunction[] {
  return allFunctions(host).filter((at): at is VfFunction => at.vf !== null && hasVfioDevice(at as VfFunction))
}

/** Whether VFIO drives the VF itself. Under the mdev face it drives the mediated devices instead. */
export function hasVfioDevice(at: VfFunction): boolean {
  const { vf } = at
  return vf.driver !== null && !vf.unbound && !isMdevParent(at)
}

/** The directory vfio-dev of a VF. The kernel numbers devices by time; here the number follows the address. */
export function vfioDevDirectory(at: VfFunction): SysfsDirectory {
  const number = numberOf(at)
  const device = { major: DEVICE_MAJOR, minor: number, name: `vfio/devices/vfio${number}` }
  return directory({
    [`vfio${number}`]: () =>
      directory({
        ...files(device, CHAR_DEVICE),
        device: link(`../../../${bdfOf(at)}`),
        power: () => powerDirectory(),
        subsystem: link('../../../../../../class/vfio-dev'),
      }),
  })
}

/** /sys/class/vfio-dev: a link to each VFIO device. */
export function vfioDevClass(host: HostState): SysfsDirectory {
  return directory(
    Object.fromEntries(
      vfioFunctions(host).map((at) => {
        const name = `vfio${numberOf(at)}`
        return [name, link(`../../${homeOf(at)}/vfio-dev/${name}`)]
      }),
    ),
  )
}

/** /sys/class/vfio: a link to each group with a VFIO driver. */
export function vfioClass(host: HostState): SysfsDirectory {
  return directory(
    Object.fromEntries(groupsOf(host).map((group) => [String(group), link(`../../devices/virtual/vfio/${group}`)])),
  )
}

/** /sys/devices/virtual/vfio: the character device of each group. */
export function vfioGroups(host: HostState): SysfsDirectory {
  return dynamic(
    () => groupsOf(host).map(String),
    (name) => {
      const group = groupsOf(host).find((known) => String(known) === name)
      if (group === undefined) return undefined
      return directory({
        ...files({ major: GROUP_MAJOR, minor: group, name: `vfio/${group}` }, CHAR_DEVICE),
        power: () => powerDirectory(),
        subsystem: link('../../../../class/vfio'),
      })
    },
  )
}

function groupsOf(host: HostState): number[] {
  return [
    ...vfioFunctions(host).map((at) => iommuGroup(at.gpu, at.vf.index)),
    ...mdevsOf(host).map((at) => mdevGroup(host, at.gpu, at.vf.index)),
  ]
}

function numberOf(at: VfFunction): number {
  return iommuGroup(at.gpu, at.vf.index) - iommuGroup(0, null)
}
