import { STATE } from '../contract/state-contract.ts'
import { newHost } from '../engine/new-host.ts'
import { findWith } from '../engine/select.ts'
import type { HostState } from '../engine/state.ts'
import { StateFollower } from '../store/follow.ts'
import { placeOf } from '../store/read.ts'

/** The host of a state directory, for reading. It is as new as the last `refresh`. */
export class FollowedHost {
  readonly #follower: StateFollower<HostState>
  #state: HostState

  constructor(stateDir: string) {
    this.#follower = new StateFollower<HostState>(placeOf({ dir: stateDir, contract: STATE }), STATE.schema)
    this.#follower.refresh()
    this.#state = this.#read()
  }

  get state(): HostState {
    return this.#state
  }

  /** Reads what others have changed. @returns whether anything has */
  refresh(): boolean {
    if (!this.#follower.refresh()) return false
    this.#state = this.#read()
    return true
  }

  #read(): HostState {
    const { view } = this.#follower
    const host = view?.state ?? newHost()
    if (view !== undefined) findWith(host, view)
    return host
  }
}
