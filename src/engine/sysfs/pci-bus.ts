import { isOnRootBus } from '../hw/root-port.ts'
import type { HostState } from '../state.ts'
import { driverDirectory, driverNames, driversProbeStore } from './drivers.ts'
import { homeOf, physicalFunctions, placesOf, portHome } from './home.ts'
import { type Attributes, directory, dynamic, files, link, type SysfsDirectory } from './node.ts'
import { fixedSwitch, rescan } from './pci-controls.ts'
import type { Functions } from './pci-function.ts'
import { storeUevent } from './pci-text.ts'
import { PORT_DRIVER, portDriverDirectory, portOf } from './root-port.ts'

/** Files of /sys/bus/pci (drivers/base/bus.c, drivers/pci/pci-sysfs.c). Ordinary devices are probed at once. */
const BUS_ATTRIBUTES: Attributes<HostState> = {
  drivers_autoprobe: fixedSwitch('drivers_autoprobe_store', true),
  drivers_probe: { mode: 0o200, store: driversProbeStore },
  rescan: { mode: 0o200, store: (_host, text) => rescan(text, 'rescan_store') },
  uevent: { mode: 0o200, store: storeUevent },
}

/** /sys/bus/pci: links to the devices, the drivers, and the controls of the bus. */
export function pciBus(host: HostState, functions: Functions): SysfsDirectory {
  return directory({
    devices: deviceLinks(host, functions),
    drivers: dynamic(
      () => [...driverNames(host), PORT_DRIVER],
      (name) => {
        if (driverNames(host).includes(name)) return driverDirectory(host, name)
        if (name !== PORT_DRIVER) return undefined
        return portDriverDirectory(physicalFunctions(host), (port) => `../../../../${portHome(port)}`)
      },
    ),
    slots: directory({}),
    ...files(host, BUS_ATTRIBUTES),
  })
}

function deviceLinks(host: HostState, functions: Functions): SysfsDirectory {
  let listed = new Map<string, string>()
  return dynamic(
    () => {
      functions.all()
      listed = placesOf(host)
      return [...listed.keys()]
    },
    (name) => {
      if (isOnRootBus(name)) {
        const port = physicalFunctions(host).find((pf) => portOf(pf) === name)
        return port && link(`../../../${portHome(port)}`)
      }
      const at = functions.at(name)
      return at && link(`../../../${listed.get(name) ?? homeOf(at)}`)
    },
  )
}
