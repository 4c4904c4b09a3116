import { NvError } from '../../errors/nv-error.ts'
import type { ChidState } from '../state.ts'
import { findAt, findUp, giveBack, largestGap, take } from './ranges.ts'

/**
 * Channel ids of one GPU (engine/fifo/chid.c): the bitmap host channels come from, and the second one that says which
 * ids a vGPU may not take. Both are kept as ranges.
 */
export class NvkmChid {
  readonly #state: ChidState

  constructor(state: ChidState) {
    this.#state = state
  }

  /** A state with nothing reserved: every id is the host's. */
  static initial(total: number): ChidState {
    return {
      used: { base: 0, size: total, used: [] },
      reserved: { base: 0, size: total, used: [{ offset: 0, size: total, owner: 'host' }] },
    }
  }

  /** nvkm_chid_get: the lowest free host channel. @throws NvError ENOSPC */
  get(owner: string): number {
    const id = findUp(this.#state.used, 1)
    if (id === null) {
      throw new NvError({
        errno: 'ENOSPC',
        code: 'no-channels',
        at: 'nvkm_chid_get',
        message: 'no host channel is free',
        hint: 'nvgpu chid map',
      })
    }
    take(this.#state.used, { offset: id, size: 1, owner })
    return id
  }

  put(id: number): void {
    giveBack(this.#state.used, id)
  }

  /**
   * nvkm_chid_reserve: only [first, first + count) is open to vGPUs, and none of it to the host.
   * As posted the marking ends at index `count`; the whole range is marked here, as meant (patch 9).
   * @returns false when the range does not fit, and nothing happens.
   */
  reserve(first: number, count: number): boolean {
    const total = this.#state.used.size
    if (first + count - 1 >= total) return false
    const closed = this.#state.reserved
    closed.used = []
    if (first > 0) take(closed, { offset: 0, size: first, owner: 'host' })
    if (first + count < total) take(closed, { offset: first + count, size: total - first - count, owner: 'host' })
    take(this.#state.used, { offset: first, size: count, owner: 'vgpu' })
    return true
  }

  /**
   * nvkm_chid_reserved_alloc: the first run of `count` free ids, upwards; in mixed-size mode the run at `wanted`.
   * As posted, running out is -1, which user space reads as EPERM; ENOSPC here, as the 2025 series has it.
   * @throws NvError EINVAL for a count below 1, ENOSPC when there is no such run
   */
  reservedAlloc(count: number, owner: string, wanted?: number): number {
    if (!(count > 0)) {
      throw new NvError({
        errno: 'EINVAL',
        code: 'invalid-argument',
        at: 'nvkm_vgpu_mgr alloc_chids',
        message: `${count} channels were asked for`,
      })
    }
    const { reserved } = this.#state
    const offset = wanted === undefined ? findUp(reserved, count) : findAt(reserved, count, wanted)
    if (offset === null) {
      throw new NvError({
        errno: 'ENOSPC',
        code: 'no-channels',
        at: 'nvkm_vgpu_mgr alloc_chids',
        message: `no run of ${count} channels is free (the longest is ${largestGap(this.#state.reserved)})`,
        hint: 'nvgpu chid map',
      })
    }
    take(this.#state.reserved, { offset, size: count, owner })
    return offset
  }

  /** nvkm_chid_reserved_free. As posted it frees nothing; it does here. */
  reservedFree(offset: number): void {
    giveBack(this.#state.reserved, offset)
  }
}
