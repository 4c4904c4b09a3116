import type { HostState } from '../engine/state.ts'
import { directory, type SysfsDirectory } from '../engine/sysfs/node.ts'
import { sysfsRoot } from '../engine/sysfs/tree.ts'
import { devDirectory } from './dev.ts'
import type { MachineEntries } from './machine.ts'
import { mdevctlDirectory } from './mdevctl-d.ts'
import { withMachine } from './mixed.ts'
import { driverDirectory } from './proc.ts'

/**
 * Everything that is mounted, by its path on the machine. It holds no state: the nodes read the host on access.
 * @param machine entries of the machine that have a place in it
 */
export function worldOf(host: HostState, machine: MachineEntries): SysfsDirectory {
  const tree = directory({
    dev: () => devDirectory(host),
    etc: directory({ 'mdevctl.d': () => mdevctlDirectory(host) }),
    proc: directory({ driver: () => driverDirectory(host) }),
    sys: () => sysfsRoot(host),
  })
  return withMachine(tree, machine)
}
