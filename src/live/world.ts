import type { HostState } from '../engine/state.ts'
import { directory, type SysfsDirectory } from '../engine/sysfs/node.ts'
import type { MachineEntries } from './machine.ts'
import { sysTree } from './sys.ts'

/** Everything that is mounted, by the name of its part. It holds no state: the nodes read the host on access. */
export function worldOf(host: HostState, machine: MachineEntries): SysfsDirectory {
  return directory({ sys: () => sysTree(host, machine) })
}
