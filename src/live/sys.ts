import type { HostState } from '../engine/state.ts'
import { directory, type SysfsDirectory, type SysfsNode } from '../engine/sysfs/node.ts'
import { sysfsRoot } from '../engine/sysfs/tree.ts'
import type { MachineEntries, MachineKind } from './machine.ts'

/** /sys of the host, with a place for each entry of the machine that is mounted there. */
export function sysTree(host: HostState, machine: MachineEntries): SysfsDirectory {
  return joined(sysfsRoot(host), machine, '')
}

/** The paths below /sys where the machine's own entries are mounted. */
export function machinePaths(machine: MachineEntries): string[] {
  return Object.entries(machine).flatMap(([path, entries]) =>
    Object.keys(entries).map((name) => (path === '' ? name : `${path}/${name}`)),
  )
}

function joined(own: SysfsNode | undefined, machine: MachineEntries, path: string): SysfsDirectory {
  const places = machine[path] ?? {}
  const base = own?.kind === 'directory' ? own : directory({})
  const below = (name: string) => (path === '' ? name : `${path}/${name}`)
  const mixed = Object.keys(machine).flatMap((other) => {
    const name = other.slice(other.lastIndexOf('/') + 1)
    return name !== '' && other === below(name) ? [name] : []
  })
  return {
    kind: 'directory',
    names: () => [...new Set([...base.names(), ...mixed, ...Object.keys(places)])],
    entry(name) {
      const kind = Object.hasOwn(places, name) ? places[name] : undefined
      if (kind !== undefined) return PLACES[kind]
      return mixed.includes(name) ? joined(base.entry(name), machine, below(name)) : base.entry(name)
    },
  }
}

const PLACES: Readonly<Record<MachineKind, SysfsNode>> = {
  directory: directory({}),
  file: { kind: 'file', mode: 0o444, size: 0, binary: false, show: () => new Uint8Array(), store: null },
}
