import { PCI_CLASS_DISPLAY_3D, PCI_VENDOR_ID_NVIDIA } from '../../abi/pci.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { HostState, PciDynamicId } from '../state.ts'
import { bindGpu, unbindGpu } from '../verbs/power.ts'
import { onMachine } from '../verbs/run.ts'
import { homeOf } from './home.ts'
import { type Attributes, directory, files, link, type SysfsDirectory } from './node.ts'
import { invalid, shown } from './numbers.ts'
import {
  allFunctions,
  bdfOf,
  driverOf,
  functionAt,
  gpuOf,
  ownerOf,
  type PciFunction,
  pciIds,
  profileOf,
  VFIO_PCI,
} from './pci-function.ts'
import { storeUevent } from './pci-text.ts'

interface DriverAt {
  host: HostState
  driver: string
}

const ANY = 0xffff_ffff
const MODULES: Readonly<Record<string, string>> = {
  NovaCore: 'nova_core',
  'nvidia-vgpu-vfio': 'nvidia_vgpu_vfio',
  [VFIO_PCI]: 'vfio_pci',
}

/** Control files of a PCI driver (drivers/base/bus.c, drivers/pci/pci-driver.c). */
const DRIVER_ATTRIBUTES: Attributes<DriverAt> = {
  bind: { mode: 0o200, store: ({ host, driver }, text) => bindStore(host, driver, text) },
  new_id: { mode: 0o200, store: newIdStore },
  remove_id: { mode: 0o200, store: removeIdStore },
  uevent: { mode: 0o200, store: storeUevent },
  unbind: { mode: 0o200, store: ({ host, driver }, text) => unbindStore(host, driver, text) },
}

/** /sys/bus/pci/drivers/<driver>: the control files, and a link to every device it drives. */
export function driverDirectory(host: HostState, driver: string): SysfsDirectory {
  const bound = allFunctions(host).filter((at) => driverOf(at) === driver)
  return directory({
    ...files({ host, driver }, DRIVER_ATTRIBUTES),
    module: link(`../../../../module/${moduleOf(driver)}`),
    ...Object.fromEntries(bound.map((at) => [bdfOf(at), link(`../../../../${homeOf(at)}`)])),
  })
}

/** The loaded PCI drivers without duplicates: NVIDIA's release has one driver for PF and VFs. */
export function driverNames(host: HostState): string[] {
  const { pf, vf } = profileOf({ host }).pciDrivers
  return [...new Set([pf, vf, VFIO_PCI])]
}

/** The kernel module of a driver. */
export function moduleOf(driver: string): string {
  return MODULES[driver] ?? driver
}

/** drivers_probe: offers an unbound device to each driver. @throws NvError ENODEV (no device), EINVAL (probe failed) */
export function driversProbeStore(host: HostState, text: string): void {
  const at = deviceNamed(host, text, 'drivers_probe_store')
  if (driverOf(at) !== null) return
  const driver = [...driverNames(host)].reverse().find((name) => matches(name, at))
  if (driver === undefined) return
  try {
    probe(driver, at)
  } catch (error) {
    throw error instanceof NvError ? invalid(text, 'drivers_probe_store') : error
  }
}

/** bind_store. @throws NvError ENODEV (no device, or no match), EBUSY (already bound), or the error of the probe */
function bindStore(host: HostState, driver: string, text: string): void {
  const at = deviceNamed(host, text, 'bind_store')
  if (!matches(driver, at)) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'no-device',
      at: 'bind_store',
      message: `${driver} does not match ${bdfOf(at)}`,
      hint: `nvgpu sysfs write ${bdfOf(at)}/driver_override ${driver}`,
      object: bdfOf(at),
    })
  }
  const bound = driverOf(at)
  if (bound !== null) {
    throw new NvError({
      errno: 'EBUSY',
      code: 'busy',
      at: 'bind_store',
      message: `${bdfOf(at)} is bound to ${bound}`,
      hint: `nvgpu sysfs write /sys/bus/pci/drivers/${bound}/unbind ${bdfOf(at)}`,
      object: bdfOf(at),
    })
  }
  probe(driver, at)
}

/**
 * unbind_store: ENODEV unless this driver is bound to the device. A VM with the device open is asked to close it. The
 * kernel waits for ever; here the limit is 30 s.
 */
function unbindStore(host: HostState, driver: string, text: string): void {
  const at = deviceNamed(host, text, 'unbind_store')
  if (driverOf(at) !== driver) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'no-device',
      at: 'unbind_store',
      message: `${bdfOf(at)} is not bound to ${driver}`,
      object: bdfOf(at),
    })
  }
  const { vf } = at
  if (vf === null) unbindGpu(host, gpuOf(at).bdf)
  else if (driver === VFIO_PCI) vf.driver = null
  else {
    onMachine(host, at.gpu, (machine) => {
      const device = machine.vfio(vf)
      device.askToClose()
      if (vf.opened) device.close()
      device.remove()
    })
  }
}

/** new_id: hexadecimal vendor and device, then optional fields. Probes matching unbound devices at once. */
function newIdStore({ host, driver }: DriverAt, text: string): void {
  const id = parseId(driver, text, 'new_id_store')

  if (idsOf(host, driver).some((known) => sameId(known, id))) {
    throw new NvError({
      errno: 'EEXIST',
      code: 'exists',
      at: 'new_id_store',
      message: `${driver} has that id already`,
    })
  }
  host.pciIds.push(id)
  for (const at of allFunctions(host)) {
    // passthrough of a whole GPU is not modelled
    if (driverOf(at) !== null || !matches(driver, at) || (driver === VFIO_PCI && at.vf === null)) continue
    try {
      probe(driver, at)
    } catch (error) {
      // the kernel continues with the next device
      if (!(error instanceof NvError)) throw error
    }
  }
}

function removeIdStore({ host, driver }: DriverAt, text: string): void {
  const id = parseId(driver, text, 'remove_id_store')
  const index = host.pciIds.findIndex(
    (known) =>
      known.driver === driver &&
      known.vendor === id.vendor &&
      known.device === id.device &&
      [ANY, known.subvendor].includes(id.subvendor) &&
      [ANY, known.subdevice].includes(id.subdevice) &&
      (known.class & id.classMask) === (id.class & id.classMask),
  )
  if (index < 0) {
    throw new NvError({
      errno: 'ENODEV',
      code: 'not-found',
      at: 'remove_id_store',
      message: `${driver} has no such id`,
    })
  }
  host.pciIds.splice(index, 1)
}

/** pci_match_device: an override names the only driver; else dynamic ids, then the driver's built-in ids. */
function matches(driver: string, at: PciFunction): boolean {
  const override = ownerOf(at).driverOverride
  if (override !== null) return override === driver
  const ids = pciIds(at)
  return idsOf(at.host, driver).some(
    (id) =>
      [ANY, ids.vendor].includes(id.vendor) &&
      [ANY, ids.device].includes(id.device) &&
      [ANY, ids.subvendor].includes(id.subvendor) &&
      [ANY, ids.subdevice].includes(id.subdevice) &&
      ((ids.class ^ id.class) & id.classMask) === 0,
  )
}

/** Built-in ids of a driver. vfio-pci has none: it needs new_id or driver_override. */
function idsOf(host: HostState, driver: string): PciDynamicId[] {
  const { pf, vf } = profileOf({ host }).pciDrivers
  const nvidia = { driver, vendor: PCI_VENDOR_ID_NVIDIA, device: ANY, subvendor: ANY, subdevice: ANY }
  return [
    ...host.pciIds.filter((id) => isFor(id, driver)),
    // any display controller
    ...(driver === pf ? [{ ...nvidia, class: 0x030000, classMask: 0xff0000 }] : []),
    ...(driver === vf ? [{ ...nvidia, class: PCI_CLASS_DISPLAY_3D, classMask: 0xffffff }] : []),
  ]
}

/** States of version 0.1.0 have ids of v2's core driver under the name `nvkm`. */
function isFor(id: PciDynamicId, driver: string): boolean {
  return id.driver === driver || (driver === 'NovaCore' && id.driver === 'nvkm')
}

function sameId(a: PciDynamicId, b: PciDynamicId): boolean {
  return a.vendor === b.vendor && a.device === b.device && a.subvendor === b.subvendor && a.subdevice === b.subdevice
}

/** @throws NvError EINVAL (the core driver drives no VFs, the variant driver no PFs), or the error of the probe */
function probe(driver: string, at: PciFunction): void {
  const { pf, vf } = profileOf(at).pciDrivers
  if (at.vf !== null && driver === VFIO_PCI) {
    at.vf.driver = VFIO_PCI
    return
  }
  if (at.vf !== null && driver === vf) {
    const { vf: state } = at
    onMachine(at.host, at.gpu, (machine) => machine.vfio(state).probe())
    return
  }
  if (at.vf === null && driver === pf) {
    const { failed, warnings } = bindGpu(at.host, gpuOf(at).bdf)
    if (!failed) return
    throw new NvError({
      errno: 'EIO',
      code: 'io-error',
      at: 'nvkm_device_pci_probe',
      message: warnings.join('; '),
      hint: `nvgpu gsp boot --gpu ${gpuOf(at).bdf}`,
      object: bdfOf(at),
    })
  }
  throw new NvError({
    errno: 'EINVAL',
    code: 'unsupported',
    at: 'pci_device_probe',
    message: `${driver} does not drive ${bdfOf(at)}, a ${at.vf === null ? 'physical' : 'virtual'} function`,
    object: bdfOf(at),
  })
}

/** Parses fields like sscanf("%x %x %x %x %x %x"); at least two are required. */
function parseId(driver: string, text: string, at: string): PciDynamicId {
  const fields = text.trim().split(/\s+/).slice(0, 6)
  const end = fields.findIndex((field) => !/^(0x)?[0-9a-f]{1,8}$/i.test(field))
  const numbers = (end < 0 ? fields : fields.slice(0, end)).map((field) => Number.parseInt(field, 16))
  const [vendor, device, subvendor = ANY, subdevice = ANY, classCode = 0, classMask = 0] = numbers
  if (vendor === undefined || device === undefined) throw invalid(text, at)
  return { driver, vendor, device, subvendor, subdevice, class: classCode, classMask }
}

function deviceNamed(host: HostState, text: string, at: string): PciFunction {
  const name = text.replace(/\n$/, '')
  const found = functionAt(host, name)
  if (found) return found
  throw new NvError({
    errno: 'ENODEV',
    code: 'not-found',
    at,
    message: `there is no PCI device "${shown(name)}"`,
    hint: 'nvgpu sysfs ls /sys/bus/pci/devices',
  })
}
