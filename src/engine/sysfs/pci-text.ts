import type { Resource } from '../hw/resources.ts'
import { invalid } from './numbers.ts'

/** Identifiers of a PCI device. */
export interface PciIds {
  readonly vendor: number
  readonly device: number
  readonly subvendor: number
  readonly subdevice: number
  readonly class: number
}

/** Actions that uevent_store takes (lib/kobject_uevent.c). */
const ACTIONS = ['add', 'remove', 'change', 'move', 'online', 'offline', 'bind', 'unbind']

/** A line of `resource`. */
export function windowLine({ start, size, flags }: Resource): string {
  return `${[start, size === 0 ? 0 : start + size - 1, flags].map((value) => `0x${hex(value, 16)}`).join(' ')}\n`
}

export function modaliasOf({ vendor, device, subvendor, subdevice, class: code }: PciIds): string {
  const ids = `v${upper(vendor, 8)}d${upper(device, 8)}sv${upper(subvendor, 8)}sd${upper(subdevice, 8)}`
  return `pci:${ids}bc${upper(code >>> 16, 2)}sc${upper((code >>> 8) & 0xff, 2)}i${upper(code & 0xff, 2)}`
}

/** The uevent file of a PCI device. */
export function ueventOf(bdf: string, ids: PciIds, driver: string | null): string {
  return [
    ...(driver === null ? [] : [`DRIVER=${driver}`]),
    `PCI_CLASS=${ids.class.toString(16).toUpperCase()}`,
    `PCI_ID=${upper(ids.vendor, 4)}:${upper(ids.device, 4)}`,
    `PCI_SUBSYS_ID=${upper(ids.subvendor, 4)}:${upper(ids.subdevice, 4)}`,
    `PCI_SLOT_NAME=${bdf}`,
    `MODALIAS=${modaliasOf(ids)}`,
    '',
  ].join('\n')
}

/** A write to a uevent file: an action, which may have a UUID and variables behind it. @throws NvError EINVAL */
export function storeUevent(_at: unknown, text: string): void {
  const action = text.replace(/\n$/, '').split(' ', 1)[0] ?? ''
  if (!ACTIONS.includes(action)) throw invalid(text, 'uevent_store')
}

export function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}

function upper(value: number, digits: number): string {
  return hex(value, digits).toUpperCase()
}
