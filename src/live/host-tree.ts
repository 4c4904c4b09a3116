import { STATE } from '../contract/state-contract.ts'
import { newHost } from '../engine/new-host.ts'
import { findWith } from '../engine/select.ts'
import type { HostState } from '../engine/state.ts'
import type { SysfsDirectory } from '../engine/sysfs/node.ts'
import { StateFollower } from '../store/follow.ts'
import { placeOf } from '../store/read.ts'
import type { Tree } from './fuse/inodes.ts'
import type { MachineEntries } from './machine.ts'
import { worldOf } from './world.ts'

/** The tree of a state directory, for reading. It is as new as the last `refresh`. */
export class HostTree implements Tree {
  readonly #follower: StateFollower<HostState>
  readonly #machine: MachineEntries
  #root: SysfsDirectory
  #version = 0

  constructor(stateDir: string, machine: MachineEntries) {
    this.#machine = machine
    this.#follower = new StateFollower<HostState>(placeOf({ dir: stateDir, contract: STATE }), STATE.schema)
    this.#follower.refresh()
    this.#root = this.#grow()
  }

  get root(): SysfsDirectory {
    return this.#root
  }

  get version(): number {
    return this.#version
  }

  refresh(): void {
    if (!this.#follower.refresh()) return
    this.#version += 1
    this.#root = this.#grow()
  }

  #grow(): SysfsDirectory {
    const { view } = this.#follower
    const host = view?.state ?? newHost()
    if (view !== undefined) findWith(host, view)
    return worldOf(host, this.#machine)
  }
}
