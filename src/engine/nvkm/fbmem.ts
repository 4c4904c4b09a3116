import { KiB } from '../../abi/align.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Klog } from '../klog.ts'
import type { Extent, Pool } from '../state.ts'
import { findAt, findDown, giveBack, largestGap, take } from './ranges.ts'

/** Page size of framebuffer without VMMU segment alignment. */
const FB_PAGE = 4 * KiB

/** Framebuffer for vGPUs: contiguous, from the top downwards (patch 15). */
export class NvkmFb {
  readonly #pool: Pool
  readonly #segment: () => number
  readonly #klog: Klog
  readonly #bdf: string

  constructor(pool: Pool, segment: () => number, klog: Klog, bdf: string) {
    this.#pool = pool
    this.#segment = segment
    this.#klog = klog
    this.#bdf = bdf
  }

  /**
   * @param size bytes, rounded up to the alignment
   * @param vmmuAligned aligned to the VMMU segment (guest memory), else to 4 KiB
   * @param wanted the address in mixed-size mode, from the placement; without it the highest free address
   * @throws NvError EINVAL for size 0, ENODEV on a GPU without framebuffer, ENOSPC when no region fits
   */
  alloc(size: number, vmmuAligned: boolean, owner: string, wanted?: number): Extent {
    const alignment = vmmuAligned ? this.#segment() : FB_PAGE
    const rounded = Math.ceil(size / alignment) * alignment
    const at = 'nvkm_vgpu_mgr alloc_fbmem'
    if (this.#pool.size === 0)
      throw new NvError({ errno: 'ENODEV', code: 'no-device', at, message: 'this GPU has no framebuffer' })
    if (!(size > 0))
      throw new NvError({
        errno: 'EINVAL',
        code: 'invalid-argument',
        at,
        message: `${size} bytes of framebuffer were asked for`,
      })
    const addr =
      wanted === undefined ? findDown(this.#pool, rounded, alignment) : findAt(this.#pool, rounded, wanted, alignment)
    if (addr === null) {
      throw new NvError({
        errno: 'ENOSPC',
        code: 'no-framebuffer',
        at,
        message: `no free region holds 0x${rounded.toString(16)} bytes aligned to 0x${alignment.toString(16)} (the largest is 0x${largestGap(this.#pool).toString(16)})`,
        hint: `nvgpu fb map --gpu ${this.#bdf}`,
      })
    }
    take(this.#pool, { offset: addr, size: rounded, owner })
    this.#klog.debug(`vgpu: alloc fbmem 0x${addr.toString(16)} size 0x${rounded.toString(16)}`)
    return { addr, size: rounded }
  }

  free(mem: Extent): void {
    giveBack(this.#pool, mem.addr)
    this.#klog.debug(`vgpu: free fbmem 0x${mem.addr.toString(16)} size 0x${mem.size.toString(16)}`)
  }
}
