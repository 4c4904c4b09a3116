import { NvError } from '../../errors/nv-error.ts'
import type { ChidState } from '../state.ts'
import { findAt, findUp, giveBack, largestGap, take } from './ranges.ts'

/**
 * Channel ids of one GPU (engine/fifo/chid.c): the bitmap of host channels, and a second bitmap of ids closed to vGPUs.
 * Both are stored as ranges.
 */
export class NvkmChid {
  readonly #state: ChidState
  readonly #bdf: string

  constructor(state: ChidState, bdf: string) {
    this.#state = state
    this.#bdf = bdf
  }

  /** A state without reserved ids: the host has all of them. */
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
        hint: `nvgpu chid map --gpu ${this.#bdf}`,
      })
    }
    take(this.#state.used, { offset: id, size: 1, owner })
    return id
  }

  put(id: number): void {
    giveBack(this.#state.used, id)
  }

  /**
   * nvkm_chid_reserve: [first, first + count) is open to vGPUs only, and closed to the host.
   * The posted code marks up to index `count` only; this marks the whole range, as intended (patch 9).
   * @returns false when the range does not fit; nothing changes then.
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
   * nvkm_chid_reserved_alloc: the first run of `count` free ids, upwards; in mixed-size mode the run at `wanted`. The
   * posted code returns -1 without a free run, which user space reads as EPERM; this is ENOSPC, as in the 2025 series.
   * @throws NvError EINVAL for a count below 1, ENOSPC without such a run
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
        hint: `nvgpu chid map --gpu ${this.#bdf}`,
      })
    }
    take(this.#state.reserved, { offset, size: count, owner })
    return offset
  }

  /** nvkm_chid_reserved_free. The posted code frees nothing; this frees the run. */
  reservedFree(offset: number): void {
    giveBack(this.#state.reserved, offset)
  }
}
