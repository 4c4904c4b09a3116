import { alignUp, KiB } from '../../abi/align.ts'
import { NvError } from '../../abi/nv-error.ts'
import type { Framebuffer } from '../hw/framebuffer.ts'
import type { Extent, Pool } from '../state.ts'
import type { Bar1Map } from './ops.ts'
import { findUp, giveBack, take } from './ranges.ts'

const PAGE = 4 * KiB

/** BAR1 of one GPU: virtual space in 4 KiB pages, first fit from offset 0, each range backed by framebuffer (patch 16). */
export class NvkmBar1 {
  readonly #pool: Pool
  readonly #fb: Framebuffer

  constructor(pool: Pool, fb: Framebuffer) {
    this.#pool = pool
    this.#fb = fb
  }

  /** @throws NvError EEXIST when the memory is mapped already, EINVAL for size 0, ENOSPC */
  map(mem: Extent, owner: string): Bar1Map {
    const at = 'nvkm_vgpu_mgr bar1_map_mem'
    if (mem.size <= 0)
      throw new NvError({
        errno: 'EINVAL',
        code: 'invalid-argument',
        at,
        message: 'a mapping of 0 bytes was asked for',
      })
    if (this.#pool.used.some((range) => range.target === mem.addr)) {
      throw new NvError({
        errno: 'EEXIST',
        code: 'exists',
        at,
        message: `framebuffer 0x${mem.addr.toString(16)} is mapped already`,
      })
    }
    const size = alignUp(mem.size, PAGE)
    const offset = findUp(this.#pool, size, PAGE)
    if (offset === null) {
      throw new NvError({
        errno: 'ENOSPC',
        code: 'no-bar1',
        at,
        message: `BAR1 has no free range of 0x${size.toString(16)} bytes`,
        hint: 'nvgpu fb map --bar1',
      })
    }
    take(this.#pool, { offset, size, owner, target: mem.addr })
    return this.window(offset, size)
  }

  unmap(map: { readonly offset: number }): void {
    giveBack(this.#pool, map.offset)
  }

  /** Access through a range that is mapped: every read and write goes where the mapping points now. */
  window(offset: number, size: number): Bar1Map {
    const target = (at: number, length: number): number => {
      const range = this.#pool.used.find((known) => known.offset === offset)
      if (range?.target === undefined) throw new Error(`BAR1 0x${offset.toString(16)} is not mapped`)
      if (at < 0 || at + length > size) throw new RangeError(`BAR1 access at 0x${at.toString(16)} leaves the mapping`)
      return range.target + at
    }
    const fb = this.#fb
    return {
      offset,
      size,
      read: (at, length) => fb.read(target(at, length), length),
      readSparse: (at, length) => fb.readSparse(target(at, length), length),
      write: (at, bytes) => fb.write(target(at, bytes.length), bytes),
      read32: (at) => fb.read32(target(at, 4)),
      write32: (at, value) => fb.write32(target(at, 4), value),
    }
  }
}
