import type { SysfsDirectory } from '../engine/sysfs/node.ts'
import { FollowedHost } from './followed-host.ts'
import type { Tree } from './fuse/inodes.ts'
import type { MachineEntries } from './machine.ts'
import { worldOf } from './world.ts'

/** The tree of a state directory, for reading. It is as new as the last `refresh`. */
export class HostTree implements Tree {
  readonly #host: FollowedHost
  readonly #machine: MachineEntries
  #root: SysfsDirectory
  #version = 0

  constructor(stateDir: string, machine: MachineEntries) {
    this.#machine = machine
    this.#host = new FollowedHost(stateDir)
    this.#root = worldOf(this.#host.state, machine)
  }

  get root(): SysfsDirectory {
    return this.#root
  }

  get version(): number {
    return this.#version
  }

  refresh(): void {
    if (!this.#host.refresh()) return
    this.#version += 1
    this.#root = worldOf(this.#host.state, this.#machine)
  }
}
