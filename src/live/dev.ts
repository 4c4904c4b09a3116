import type { HostState } from '../engine/state.ts'
import { directory, type SysfsDirectory, type SysfsFile } from '../engine/sysfs/node.ts'
import { vfioClass, vfioDevClass } from '../engine/sysfs/vfio-devices.ts'
import { NvError } from '../errors/nv-error.ts'
import { capabilityNodes } from './capabilities.ts'
import { hasNvidiaDriver } from './proc.ts'

/** Modes that udev and nvidia-modprobe give the nodes. */
const EVERYBODY = 0o666
const OWNER = 0o600

/**
 * /dev of the host: VFIO's nodes, and those of NVIDIA's driver. They are files that can be found and opened. A character
 * device could not be: the kernel opens none on a file system of a user namespace.
 */
export function devDirectory(host: HostState): SysfsDirectory {
  return directory({ vfio: () => vfioDirectory(host), ...nvidiaNodes(host) })
}

/** The control node, the node of each IOMMU group with a VFIO driver, and that of each VFIO device. */
function vfioDirectory(host: HostState): SysfsDirectory {
  const devices = vfioDevClass(host).names()
  return directory({
    ...(devices.length === 0 ? {} : { devices: directory(nodes(devices, OWNER)) }),
    ...nodes(['vfio'], EVERYBODY),
    ...nodes(vfioClass(host).names(), OWNER),
  })
}

/** nvidiactl, nvidiaN with the minor number of each GPU, and a node for each right to MIG. */
function nvidiaNodes(host: HostState): Record<string, SysfsFile | (() => SysfsDirectory)> {
  if (!hasNvidiaDriver(host)) return {}
  return {
    ...nodes(['nvidiactl', ...host.gpus.map((_, minor) => `nvidia${minor}`)], EVERYBODY),
    'nvidia-caps': () =>
      directory(Object.fromEntries([...capabilityNodes(host)].map(([name, mode]) => [name, node(mode)]))),
  }
}

function nodes(names: readonly string[], mode: number): Record<string, SysfsFile> {
  return Object.fromEntries(names.map((name) => [name, node(mode)]))
}

/** As the drivers: no read and no write (EINVAL). */
function node(mode: number): SysfsFile {
  return { kind: 'file', mode, size: 0, binary: true, show: refuse, store: refuse, isWhole: () => true }
}

function refuse(): never {
  throw new NvError({
    errno: 'EINVAL',
    code: 'unsupported',
    at: 'dev',
    message: 'a device node is neither read nor written',
  })
}
