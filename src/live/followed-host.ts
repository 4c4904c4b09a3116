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

  /**
   * Reads what others have changed.
   * @param each sees the host after each change, one after the other
   * @returns whether anything has changed
   */
  refresh(each?: () => void): boolean {
    const see = () => {
      this.#state = this.#read()
      each?.()
    }
    const isNew = this.#follower.refresh(each && see)
    if (isNew) this.#state = this.#read()
    return isNew
  }

  #read(): HostState {
    const { view } = this.#follower
    const host = view?.state ?? newHost()
    if (view !== undefined) findWith(host, view)
    return host
  }
}
