import { describe, expect, it } from 'vitest'
import { bound, refusal } from './hosts.ts'

describe('patch 14: channel allocation ops', () => {
  it.each([0, -1, Number.NaN])('refuse %d channels', (count) => {
    expect(() => bound().machine.ops.allocChids(count, 'vgpu')).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('take the first run that is long enough, and give back what was taken', () => {
    const { gpu, machine } = bound()
    const before = structuredClone(gpu.nvkm.chid)
    const offsets = [64, 32, 128].map((count) => machine.ops.allocChids(count, 'vgpu'))
    expect(offsets).toEqual([512, 576, 608])
    machine.ops.freeChids(576, 32)
    expect([machine.ops.allocChids(33, 'vgpu'), machine.ops.allocChids(32, 'vgpu')]).toEqual([736, 576])
    for (const offset of [512, 576, 608, 736]) machine.ops.freeChids(offset, 0)
    expect(gpu.nvkm.chid).toEqual(before)
  })
})
