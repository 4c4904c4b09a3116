import { NvError } from '../../errors/nv-error.ts'
import type { HostState } from '../state.ts'
import { hasMdev } from '../verbs/mdev.ts'
import { homeOf } from './home.ts'
import { MDEV_DRIVER } from './mdev-device.ts'
import { isMdevParent } from './mdev-types.ts'
import { type Attributes, directory, files, link, type SysfsDirectory } from './node.ts'
import { fixedSwitch } from './pci-controls.ts'
import { allFunctions, bdfOf, profileOf, type VfFunction } from './pci-function.ts'
import { storeUevent } from './pci-text.ts'

const BUS: Attributes<null> = {
  drivers_autoprobe: fixedSwitch('drivers_autoprobe_store', true),
  drivers_probe: { mode: 0o200, store: noOtherDriver },
  uevent: { mode: 0o200, store: storeUevent },
}

const DRIVER: Attributes<null> = {
  bind: { mode: 0o200, store: noOtherDriver },
  uevent: { mode: 0o200, store: storeUevent },
  unbind: { mode: 0o200, store: noOtherDriver },
}

/** The mediated devices of a host, by their parents. */
export function mdevsOf(host: HostState): VfFunction[] {
  return parentsOf(host).filter(hasMdev)
}

/** Place of a mediated device below /sys. */
export function mdevHome(at: VfFunction): string {
  return `${homeOf(at)}/${at.vf.uuid}`
}

/** /sys/bus/mdev: a link to each mediated device, and its driver. */
export function mdevBus(host: HostState): SysfsDirectory {
  const links = (up: string) =>
    Object.fromEntries(mdevsOf(host).map((at) => [at.vf.uuid, link(`${up}/${mdevHome(at)}`)]))
  return directory({
    devices: () => directory(links('../../..')),
    drivers: directory({
      [MDEV_DRIVER]: () =>
        directory({
          ...files(null, DRIVER),
          module: link('../../../../module/nvidia_vgpu_vfio'),
          ...links('../../../..'),
        }),
    }),
    ...files(null, BUS),
  })
}

/** /sys/class/mdev_bus: a link to each parent. */
export function mdevClass(host: HostState): SysfsDirectory {
  return directory(Object.fromEntries(parentsOf(host).map((at) => [bdfOf(at), link(`../../${homeOf(at)}`)])))
}

function parentsOf(host: HostState): VfFunction[] {
  if (!profileOf({ host }).mdev) return []
  return allFunctions(host).filter((at): at is VfFunction => at.vf !== null && isMdevParent({ ...at, vf: at.vf }))
}

/** A mediated device has its driver from its creation to its end; no other takes it. */
function noOtherDriver(_at: null, text: string): never {
  throw new NvError({
    errno: 'ENODEV',
    code: 'unsupported',
    at: 'bind_store',
    message: `${MDEV_DRIVER} keeps its mediated devices: ${text.trim().slice(0, 40)}`,
  })
}
