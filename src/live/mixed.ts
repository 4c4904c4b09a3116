import { directory, link, type SysfsDirectory, type SysfsNode } from '../engine/sysfs/node.ts'
import type { MachineEntries, MachineEntry } from './machine.ts'

/** The tree of the host, with a place for each entry of the machine that is mounted there. */
export function withMachine(tree: SysfsDirectory, machine: MachineEntries): SysfsDirectory {
  return joined(tree, machine, '')
}

/** The paths where the machine's own entries are mounted. */
export function machinePaths(machine: MachineEntries): string[] {
  return Object.entries(machine).flatMap(([path, entries]) =>
    Object.entries(entries).flatMap(([name, entry]) => (typeof entry === 'string' ? [`${path}/${name}`] : [])),
  )
}

function joined(own: SysfsNode | undefined, machine: MachineEntries, path: string): SysfsDirectory {
  const base = own?.kind === 'directory' ? own : directory({})
  const places = machine[path] ?? {}
  const below = path === '' ? '' : `${path}/`
  const mixed = Object.keys(machine)
    .filter((other) => other.startsWith(below) && other !== path)
    .map((other) => other.slice(below.length).split('/')[0] ?? '')
  if (mixed.length === 0 && Object.keys(places).length === 0) return base
  return {
    ...base,
    names: () => [...new Set([...base.names(), ...mixed, ...Object.keys(places)])],
    entry(name) {
      const place = Object.hasOwn(places, name) ? places[name] : undefined
      if (place !== undefined) return placeOf(place)
      return mixed.includes(name) ? joined(base.entry(name), machine, `${below}${name}`) : base.entry(name)
    },
  }
}

function placeOf(entry: MachineEntry): SysfsNode {
  if (typeof entry !== 'string') return link(entry.target)
  if (entry === 'directory') return directory({})
  return { kind: 'file', mode: 0o444, size: 0, binary: false, show: () => new Uint8Array(), store: null }
}
