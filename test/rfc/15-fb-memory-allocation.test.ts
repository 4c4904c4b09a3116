import { describe, expect, it } from 'vitest'
import { GiB, KiB, MiB } from '../../src/abi/align.ts'
import { bound, refusal } from './hosts.ts'

describe('patch 15: FB memory allocation', () => {
  it('gives the golden addresses, heaps in the slack above the first guest', () => {
    const { ops } = bound().machine
    const guest = () => ops.allocFbmem(GiB, true, 'guest').addr
    const heap = () => ops.allocFbmem(32 * MiB, false, 'heap').addr
    expect([guest(), heap(), guest(), heap()]).toEqual([0xba8000000, 0xbeb000000, 0xb68000000, 0xbe9000000])
  })

  it('restores the free list exactly, in whatever order memory comes back', () => {
    const { gpu, machine } = bound()
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const taken = [GiB, 4 * KiB, 2 * GiB].map((size, n) => machine.ops.allocFbmem(size, n !== 1, 'x'))
      for (const n of order) {
        const mem = taken[n]
        if (mem) machine.ops.freeFbmem(mem)
      }
      expect(gpu.nvkm.fb.used).toEqual([])
    }
  })

  it('refuses what does not fit, and a GPU without framebuffer; each taking and giving is logged', () => {
    const { gpu, machine } = bound()
    expect(() => machine.ops.allocFbmem(48 * GiB, true, 'x')).toThrow(refusal({ errno: 'ENOSPC' }))
    machine.ops.freeFbmem(machine.ops.allocFbmem(GiB, true, 'x'))
    expect(gpu.klog.lines.slice(-2)).toMatchObject([
      { level: 'debug', text: expect.stringContaining('alloc fbmem 0xba8000000') },
      { level: 'debug', text: expect.stringContaining('free fbmem 0xba8000000') },
    ])
    gpu.nvkm.fb.size = 0
    expect(() => machine.ops.allocFbmem(GiB, true, 'x')).toThrow(refusal({ errno: 'ENODEV' }))
  })
})
