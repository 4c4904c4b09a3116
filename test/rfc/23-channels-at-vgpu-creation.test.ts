import { describe, expect, it } from 'vitest'
import { GiB } from '../../src/abi/align.ts'
import { Machine } from '../../src/engine/machine.ts'
import type { NvkmVgpuMgrVfioOps } from '../../src/engine/nvkm/ops.ts'
import { running } from './hosts.ts'

describe('patch 23: channels at vGPU creation', () => {
  it('are a block of 512 without plugin channels under rfc-v1, by the type’s share under v2', () => {
    expect(running('rfc-v1').vgpu.chid).toEqual({ offset: 512, num: 512, plugin: 0 })
    expect(running('v2').vgpu.chid).toEqual({ offset: 512, num: 32, plugin: 1 })
  })

  it('are given back before the framebuffer when the vGPU goes, and after it under v2', () => {
    for (const [profile, order] of [
      ['rfc-v1', ['freeChids', 'freeFbmem']],
      ['v2', ['freeFbmem', 'freeChids']],
    ] as const) {
      const { state, gpu } = running(profile)
      const calls: string[] = []
      const machine = new Machine(state, gpu, {
        ops: (ops: NvkmVgpuMgrVfioOps) => ({
          ...ops,
          freeChids: (offset, count) => {
            calls.push('freeChids')
            ops.freeChids(offset, count)
          },
          freeFbmem: (mem) => {
            if (mem.size >= GiB) calls.push('freeFbmem')
            ops.freeFbmem(mem)
          },
        }),
      })
      machine.mgr.destroy(0)
      expect(calls).toEqual(order)
    }
  })
})
