import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { GspFwWprMeta } from '../../src/abi/wpr-meta.ts'
import { newHost } from '../../src/engine/new-host.ts'
import { gpuOf, hostOf } from '../engine/host-of.ts'
import { meta } from './hosts.ts'

describe('patch 3: larger GSP heap', () => {
  it('boots GSP with a heap of 256 MiB at the golden addresses, and of 129 MiB without vGPU', () => {
    const [withVgpu, without] = [true, false].map((vgpu) =>
      GspFwWprMeta.decode(meta(gpuOf(newHost({ profile: 'rfc-v1', vgpu })))),
    )
    expect(withVgpu).toMatchObject({
      vgaWorkspaceOffset: 0xbfff00000,
      frtsOffset: 0xbffe00000,
      bootBinOffset: 0xbffdfe000,
      gspFwOffset: 0xbfd2f0000,
      gspFwHeapOffset: 0xbed200000,
      gspFwHeapSize: 0x10000000,
      gspFwWprStart: 0xbed100000,
      nonWprHeapOffset: 0xbed000000,
      gspFwWprEnd: 0xbfff00000,
    })
    expect(without).toMatchObject({
      gspFwHeapOffset: 0xbf5100000,
      gspFwHeapSize: 0x8100000,
      gspFwWprStart: 0xbf5000000,
      nonWprHeapOffset: 0xbf4f00000,
    })
    expect((without?.nonWprHeapOffset ?? 0) - (withVgpu?.nonWprHeapOffset ?? 0)).toBe(127 * MiB)
  })

  it('ends what guests can have at the non-WPR heap', () => {
    const { gpu } = hostOf({ profile: 'rfc-v1' })
    expect(gpu.nvkm.fb.size).toBe(0xbed000000)
  })

  it('lays the regions out without overlap and with no gap beyond their alignment', () => {
    const { host } = hostOf()
    const regions = host.gpuViews()[0]?.layout.filter((region) => region.name !== 'WPR2') ?? []
    expect(regions).toHaveLength(6)
    for (const [n, upper] of regions.entries()) {
      const lower = regions[n + 1]
      if (!lower) continue
      const gap = Number(upper.addr) - Number(lower.addr) - lower.size
      expect(gap, `${lower.name} below ${upper.name}`).toBeGreaterThanOrEqual(0)
      expect(gap, `${lower.name} below ${upper.name}`).toBeLessThan(2 * MiB)
    }
  })
})
