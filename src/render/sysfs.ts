import type { SysfsEntryView, SysfsTreeView, SysfsWriteView } from '../contract/views/sysfs.ts'
import type { View } from './answer.ts'

/** Entries of the simulated sysfs. */
export const SYSFS_ENTRIES: View<SysfsEntryView> = {
  kind: 'sysfsEntries',
  name: (entry) => entry.path,
  columns: [
    { head: 'MODE', text: permissions },
    { head: 'SIZE', text: (entry) => (entry.kind === 'file' ? String(entry.size) : '-'), right: true, wide: true },
    { head: 'NAME', text: (entry) => (entry.target === null ? entry.name : `${entry.name} -> ${entry.target}`) },
  ],
  fields: ['path', 'name', 'kind', 'mode', ['size', 'B'], 'target'],
}

export const SYSFS_WRITES: View<SysfsWriteView> = {
  kind: 'sysfsWrites',
  name: (write) => write.path,
  sentence: (write) => `${write.bytes} byte${write.bytes === 1 ? '' : 's'} written to ${write.path}`,
  columns: [
    { head: 'PATH', text: (write) => write.path },
    { head: 'BYTES', text: (write) => String(write.bytes), right: true },
  ],
  fields: ['path', ['bytes', 'B']],
}

/** The mode as in ls -l: "-rw-r--r--". */
function permissions({ kind, mode }: SysfsEntryView): string {
  const letters = [...mode.slice(-3)].map((digit) => {
    const bits = Number(digit)
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${bits & 1 ? 'x' : '-'}`
  })
  return `${{ directory: 'd', link: 'l', file: '-' }[kind]}${letters.join('')}`
}

export const SYSFS_TREES: View<SysfsTreeView> = {
  kind: 'sysfsTrees',
  name: (tree) => tree.path,
  columns: [
    { head: 'PATH', text: (tree) => tree.path },
    { head: 'DIRECTORIES', text: (tree) => String(tree.directories), right: true },
    { head: 'FILES', text: (tree) => String(tree.files), right: true },
    { head: 'LINKS', text: (tree) => String(tree.links), right: true },
  ],
  fields: ['path', 'directories', 'files', 'links'],
}
