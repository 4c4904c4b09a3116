import { lstatSync, readdirSync } from 'node:fs'

/** The kind of an entry of the machine's own /sys, where it stays visible. */
export type MachineKind = 'directory' | 'file'

/** Entries of the machine's own directories by path below /sys ('' for /sys itself), and by name. */
export type MachineEntries = Readonly<Record<string, Readonly<Record<string, MachineKind>>>>

/** Directories of /sys that have entries of the simulated host and of the machine. */
const MIXED = ['', 'bus', 'class', 'devices', 'devices/virtual', 'kernel'] as const

/** What only the simulated host has: PCI, mdev, VFIO, IOMMU, modules, debugfs. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  '': ['bus', 'class', 'devices', 'kernel', 'module'],
  bus: ['pci', 'pci_express', 'mdev'],
  class: ['mdev_bus', 'pci_bus', 'vfio', 'vfio-dev', 'iommu', 'drm', 'nvidia', 'nvidia-vgpu-vfio'],
  devices: ['virtual'],
  'devices/virtual': ['mdev', 'nvidia', 'vfio'],
  kernel: ['debug', 'iommu_groups'],
}

/** Reads the entries of the machine's /sys that stay visible beside those of the host. */
export function readMachine(): MachineEntries {
  return Object.fromEntries(MIXED.map((path) => [path, entriesOf(path)]))
}

function entriesOf(path: string): Record<string, MachineKind> {
  const dir = path === '' ? '/sys' : `/sys/${path}`
  const entries: Record<string, MachineKind> = {}
  for (const name of namesIn(dir)) {
    if (OURS[path]?.includes(name) || (path === 'devices' && name.startsWith('pci'))) continue
    const kind = kindOf(`${dir}/${name}`)
    if (kind !== undefined) entries[name] = kind
  }
  return entries
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir)
  } catch {
    return []
  }
}

function kindOf(path: string): MachineKind | undefined {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (facts?.isDirectory()) return 'directory'
  return facts?.isFile() ? 'file' : undefined
}
