import { alignUp, KiB } from '../../abi/align.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Faults } from '../faults.ts'
import type { Framebuffer } from '../hw/framebuffer.ts'
import type { Extent, Pool, Range, Sparse } from '../state.ts'
import { takeInOrder } from '../unwind.ts'
import type { Bar1Map } from './ops.ts'
import { findUp, giveBack, take } from './ranges.ts'

const PAGE = 4 * KiB

/** BAR1 of one GPU: virtual space in 4 KiB pages, first fit from offset 0. Framebuffer backs each range (patch 16). */
export class NvkmBar1 {
  readonly #pool: Pool
  readonly #fb: Framebuffer

  readonly #faults: Faults
  readonly #bdf: string

  constructor(pool: Pool, fb: Framebuffer, faults: Faults, bdf: string) {
    this.#pool = pool
    this.#fb = fb
    this.#faults = faults
    this.#bdf = bdf
  }

  /** @throws NvError EEXIST for already mapped memory, EINVAL for size 0, ENOSPC, or the error of the mapping */
  map(mem: Extent, owner: string): Bar1Map {
    const at = 'nvkm_vgpu_mgr bar1_map_mem'
    if (mem.size <= 0)
      throw new NvError({
        errno: 'EINVAL',
        code: 'invalid-argument',
        at,
        message: 'a mapping needs at least 1 byte',
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
        hint: `nvgpu fb map --bar1 --gpu ${this.#bdf}`,
      })
    }
    return takeInOrder((onError) => {
      take(this.#pool, { offset, size, owner, target: mem.addr })
      onError(() => giveBack(this.#pool, offset))
      // nvkm_memory_map, and ioremap, which the posted code does not check
      this.#faults.check('nvkm.bar1', at)
      return this.window(offset, size)
    })
  }

  unmap(map: { readonly offset: number }): void {
    giveBack(this.#pool, map.offset)
  }

  /** Access through a mapped range. Every read and write uses the current mapping. */
  window(offset: number, size: number): Bar1Map {
    return new Window(this.#pool, this.#fb, offset, size)
  }
}

class Window implements Bar1Map {
  readonly offset: number
  readonly size: number
  readonly #pool: Pool
  readonly #fb: Framebuffer
  /** last index of the range in the pool, cached */
  #at = 0

  constructor(pool: Pool, fb: Framebuffer, offset: number, size: number) {
    this.#pool = pool
    this.#fb = fb
    this.offset = offset
    this.size = size
  }

  read(at: number, length: number): Uint8Array {
    return this.#fb.read(this.#target(at, length), length)
  }

  readSparse(at: number, length: number): Sparse {
    return this.#fb.readSparse(this.#target(at, length), length)
  }

  write(at: number, bytes: Uint8Array): void {
    this.#fb.write(this.#target(at, bytes.length), bytes)
  }

  read32(at: number): number {
    return this.#fb.read32(this.#target(at, 4))
  }

  write32(at: number, value: number): void {
    this.#fb.write32(this.#target(at, 4), value)
  }

  #target(at: number, length: number): number {
    const target = (this.#pool.used[this.#at]?.offset === this.offset ? this.#pool.used[this.#at] : this.#find())
      ?.target
    if (target === undefined) throw new Error(`BAR1 0x${this.offset.toString(16)} is not mapped`)
    if (at < 0 || at + length > this.size)
      throw new RangeError(`BAR1 access at 0x${at.toString(16)} leaves the mapping`)
    return target + at
  }

  #find(): Range | undefined {
    this.#at = this.#pool.used.findIndex((range) => range.offset === this.offset)
    return this.#pool.used[this.#at]
  }
}
