import type { Device } from './devices.ts'

/** One event of a device, with variables of its own. */
export interface DeviceEvent {
  readonly action: 'add' | 'remove' | 'bind' | 'unbind' | 'change'
  readonly device: Device
  readonly more: readonly string[]
}

type Devices = ReadonlyMap<string, Device>

/**
 * The events between two sets of devices, in the order of the driver core: what goes first, the deepest first; then what
 * comes. A driver is bound after its device is there, and unbound before it goes.
 */
export function eventsBetween(before: Devices, after: Devices): DeviceEvent[] {
  const gone = [...before.values()].reverse().flatMap((device) => ending(device, after.get(device.path)))
  const come = [...after.values()].flatMap((device) => beginning(before.get(device.path), device))
  return [...gone, ...come]
}

function ending(device: Device, next: Device | undefined): DeviceEvent[] {
  const events: DeviceEvent[] = []
  if (device.isMdevParent && !next?.isMdevParent) events.push(mdevState(device, 'unregistered'))
  if (device.driver !== null && device.driver !== next?.driver) events.push(driverEvent('unbind', device))
  if (next === undefined) events.push({ action: 'remove', device, more: [] })
  return events
}

function beginning(last: Device | undefined, device: Device): DeviceEvent[] {
  const events: DeviceEvent[] = []
  if (last === undefined) events.push({ action: 'add', device, more: [] })
  if (device.isMdevParent && !last?.isMdevParent) events.push(mdevState(device, 'registered'))
  if (device.driver !== null && device.driver !== last?.driver) events.push(driverEvent('bind', device))
  return events
}

/** The event of the mdev core when a driver registers a parent, and when it takes it back. */
function mdevState(device: Device, state: 'registered' | 'unregistered'): DeviceEvent {
  return { action: 'change', device, more: [`MDEV_STATE=${state}`] }
}

function driverEvent(action: 'bind' | 'unbind', device: Device): DeviceEvent {
  return { action, device, more: action === 'bind' ? [`DRIVER=${device.driver}`] : [] }
}
