import { describe, expect, it } from 'vitest'
import { GiB, MiB } from '../../src/abi/align.ts'
import { GSP_VF_INFO } from '../../src/abi/gsp-boot.ts'
import { AD102_SRIOV_CAP, PCI_SRIOV_BAR } from '../../src/abi/pci.ts'
import { findBoard } from '../../src/catalog/boards.ts'
import { Clock } from '../../src/engine/clock.ts'
import { Bar0 } from '../../src/engine/hw/bar0.ts'
import { ConfigSpace } from '../../src/engine/hw/config-space.ts'
import { pfConfig } from '../../src/engine/hw/pf.ts'
import { Klog } from '../../src/engine/klog.ts'
import { fbLayout, wprHeapSize } from '../../src/engine/nvkm/fb-layout.ts'
import { NvkmFb } from '../../src/engine/nvkm/fbmem.ts'
import { vfInfo } from '../../src/engine/nvkm/vf-info.ts'
import type { Pool } from '../../src/engine/state.ts'

const FB = 48 * GiB
const SEGMENT = 128 * MiB

describe('the framebuffer layout', () => {
  it('has the golden addresses with vGPU', () => {
    expect(fbLayout(FB, wprHeapSize(FB, 256 * MiB))).toEqual({
      fbSize: 0xc00000000,
      vgaWorkspace: { addr: 0xbfff00000, size: 0x100000 },
      frts: { addr: 0xbffe00000, size: 0x100000 },
      boot: { addr: 0xbffdfe000, size: 0x2000 },
      elf: { addr: 0xbfd2f0000, size: 0x2b00000 },
      heap: { addr: 0xbed200000, size: 0x10000000 },
      wpr2: { addr: 0xbed100000, size: 0x12e00000 },
      nonWprHeap: { addr: 0xbed000000, size: 0x100000 },
      wprEnd: 0xbfff00000,
    })
  })

  it('has the golden addresses without', () => {
    const layout = fbLayout(FB, wprHeapSize(FB, null))
    expect([layout.heap, layout.wpr2.addr, layout.nonWprHeap.addr]).toEqual([
      { addr: 0xbf5100000, size: 0x8100000 },
      0xbf5000000,
      0xbf4f00000,
    ])
  })

  it('computes the heap of a plain GPU from its framebuffer, 84 MiB at the least', () => {
    expect(wprHeapSize(48 * GiB, null)).toBe(129 * MiB)
    expect(wprHeapSize(24 * GiB, null)).toBe((20 + 8 + 3 + 96) * MiB)
    expect(wprHeapSize(24 * GiB + 1, null)).toBe((20 + 8 + 3 + 96) * MiB)
    expect(wprHeapSize(GiB, null)).toBeGreaterThanOrEqual(84 * MiB)
  })
})

describe('GSP_VF_INFO', () => {
  it('is the golden 40 bytes for the windows of the reference', () => {
    const board = findBoard('L40')
    if (!board) throw new Error('no L40')
    const config = new ConfigSpace(pfConfig(board, 0), () => {})
    const bars = [0xf0000000, 0x0000000c, 0x2010, 0x0000000c, 0x2018]
    for (const [n, value] of bars.entries()) config.write32(AD102_SRIOV_CAP + PCI_SRIOV_BAR + 4 * n, value)
    const bar0 = new Bar0({ config: '', regs: {}, fb: { size: 0, pages: {} }, numVfs: 0 }, config)
    expect(Buffer.from(GSP_VF_INFO.encode(vfInfo(config, bar0))).toString('hex')).toBe(
      '2000000004000000000000f000000000000000001020000000000000182000000001010000000000',
    )
    // the two flags depend on the mirror registers, not on the addresses
    config.write32(AD102_SRIOV_CAP + PCI_SRIOV_BAR + 4, 0x8)
    expect(vfInfo(config, bar0)).toMatchObject({ b64bitBar0: false, b64bitBar1: false, b64bitBar2: true })
  })
})

describe('framebuffer for vGPUs', () => {
  function allocator(segment = SEGMENT) {
    const pool: Pool = { base: 0, size: 0xbed000000, used: [] }
    const klog = new Klog({ seq: 0, next: 0, lines: [] }, new Clock({ now: 0 }))
    return { pool, fb: new NvkmFb(pool, () => segment, klog, 'x') }
  }

  it('goes down from the top, and the slack above an aligned block serves the heaps', () => {
    const { fb } = allocator()
    expect(fb.alloc(GiB, true, 'a')).toEqual({ addr: 0xba8000000, size: GiB })
    expect(fb.alloc(32 * MiB, false, 'a')).toEqual({ addr: 0xbeb000000, size: 32 * MiB })
    expect(fb.alloc(GiB, true, 'b').addr).toBe(0xb68000000)
    expect(fb.alloc(32 * MiB, false, 'b').addr).toBe(0xbe9000000)
  })

  it.each([32, 64, 128, 256, 512])('is aligned to a segment of %i MiB', (mib) => {
    const { fb } = allocator(mib * MiB)
    const mem = fb.alloc(GiB + 1, true, 'a')
    expect([mem.addr % (mib * MiB), mem.size % (mib * MiB)]).toEqual([0, 0])
    expect(mem.size).toBeGreaterThan(GiB)
  })

  it('is whole again after blocks are freed in any order', () => {
    for (const order of [
      [0, 1, 2, 3],
      [3, 1, 0, 2],
      [2, 0, 3, 1],
    ]) {
      const { pool, fb } = allocator()
      const blocks = [
        fb.alloc(GiB, true, 'a'),
        fb.alloc(MiB, false, 'b'),
        fb.alloc(GiB, true, 'c'),
        fb.alloc(1, false, 'd'),
      ]
      for (const n of order) {
        const block = blocks[n]
        if (block) fb.free(block)
      }
      expect(pool.used).toEqual([])
      expect(fb.alloc(0xbed000000, false, 'all').addr).toBe(0)
    }
  })

  it('refuses what does not fit, nothing, and a GPU without memory', () => {
    const { pool, fb } = allocator()
    expect(() => fb.alloc(48 * GiB, true, 'a')).toThrow(expect.objectContaining({ errno: 'ENOSPC' }))
    for (const size of [0, -4096, Number.NaN])
      expect(() => fb.alloc(size, true, 'a'), String(size)).toThrow(expect.objectContaining({ errno: 'EINVAL' }))
    pool.size = 0
    expect(() => fb.alloc(4096, false, 'a')).toThrow(expect.objectContaining({ errno: 'ENODEV' }))
  })
})
