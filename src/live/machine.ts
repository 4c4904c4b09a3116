import { lstatSync, readdirSync, readlinkSync } from 'node:fs'

/** An entry of the machine that stays visible: a mount of it, or a link like it. */
export type MachineEntry = 'directory' | 'file' | { readonly target: string }

/** Entries of the machine's own directories by path below / and by name. */
export type MachineEntries = Readonly<Record<string, Readonly<Record<string, MachineEntry>>>>

/** Directories with entries of the simulated host and of the machine, and what only the host has there. */
const MIXED: Readonly<Record<string, RegExp>> = {
  dev: /^(vfio|nvidia.*)$/,
  'etc/mdevctl.d': /^....:/,
  'proc/driver': /^nvidia/,
  sys: /^(bus|class|devices|kernel|module)$/,
  'sys/bus': /^(pci|pci_express|mdev)$/,
  'sys/class': /^(mdev_bus|pci_bus|vfio|vfio-dev|iommu|drm|nvidia|nvidia-vgpu-vfio)$/,
  'sys/devices': /^(virtual$|pci)/,
  'sys/devices/virtual': /^(mdev|nvidia|vfio)$/,
  'sys/kernel': /^(debug|iommu_groups)$/,
}

/** Where the tree of the host is put over the machine's, as far as the machine has the directories. */
export const PLACES = ['etc/mdevctl.d', 'proc/driver', 'sys', 'dev'] as const

/** Reads the entries of the machine that stay visible beside those of the host. */
export function readMachine(): MachineEntries {
  return Object.fromEntries(Object.entries(MIXED).map(([path, ours]) => [path, entriesOf(`/${path}`, ours)]))
}

function entriesOf(dir: string, ours: RegExp): Record<string, MachineEntry> {
  const entries: Record<string, MachineEntry> = {}
  for (const name of namesIn(dir)) {
    const entry = ours.test(name) ? undefined : entryOf(`${dir}/${name}`)
    if (entry !== undefined) entries[name] = entry
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

function entryOf(path: string): MachineEntry | undefined {
  const facts = lstatSync(path, { throwIfNoEntry: false })
  if (facts === undefined) return undefined
  if (facts.isSymbolicLink()) return { target: readlinkSync(path) }
  return facts.isDirectory() ? 'directory' : 'file'
}
