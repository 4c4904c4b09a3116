import type { SysfsDirectory, SysfsNode } from '../../engine/sysfs/node.ts'

/** A device of /sys, as its events tell it. */
export interface Device {
  /** below /sys, with a slash in front */
  readonly path: string
  readonly subsystem: string
  readonly driver: string | null
  /** lines of its file uevent, without the driver's */
  readonly properties: readonly string[]
  /** mediated devices can be made below it */
  readonly isMdevParent: boolean
}

/** Every device below /sys/devices by path: each directory with a subsystem. */
export function devicesOf(sys: SysfsDirectory): Map<string, Device> {
  const found = new Map<string, Device>()
  const visit = (node: SysfsNode | undefined, path: string) => {
    if (node?.kind !== 'directory') return
    const device = deviceOf(node, path)
    if (device !== undefined) found.set(path, device)
    for (const name of node.names()) visit(node.entry(name), `${path}/${name}`)
  }
  visit(sys.entry('devices'), '/devices')
  return found
}

function deviceOf(node: SysfsDirectory, path: string): Device | undefined {
  const subsystem = targetOf(node.entry('subsystem'))
  const uevent = node.entry('uevent')
  if (subsystem === null || uevent?.kind !== 'file' || uevent.show === null) return undefined
  const lines = Buffer.from(uevent.show()).toString('latin1').split('\n')
  return {
    path,
    subsystem,
    driver: targetOf(node.entry('driver')),
    properties: lines.filter((line) => line !== '' && !line.startsWith('DRIVER=')),
    isMdevParent: node.entry('mdev_supported_types') !== undefined,
  }
}

/** The last name of a link's target. */
function targetOf(node: SysfsNode | undefined): string | null {
  return node?.kind === 'link' ? node.target.slice(node.target.lastIndexOf('/') + 1) : null
}
