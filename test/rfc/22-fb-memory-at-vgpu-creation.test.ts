import { describe, expect, it } from 'vitest'
import { GiB } from '../../src/abi/align.ts'
import { Machine } from '../../src/engine/machine.ts'
import { DRIVER, uuidOf } from '../engine/host-of.ts'
import { LITERAL_UUID, running } from './hosts.ts'

describe('patch 22: FB memory at vGPU creation', () => {
  it('is the type’s length, aligned to the VMMU segment, and nobody else’s until destroy', () => {
    const { host, gpu, vgpu } = running()
    expect(vgpu.fb).toEqual({ addr: 0xba8000000, size: GiB })
    host.bindVf('1', DRIVER)
    host.createVgpu({ type: '869', vf: '1', uuid: uuidOf(2), start: true })
    const other = gpu.mgr?.vgpus[1]?.fb
    expect((other?.addr ?? 0) + (other?.size ?? 0)).toBeLessThanOrEqual(vgpu.fb.addr)
    host.destroyVgpus({ selectors: [], all: true })
    expect(gpu.nvkm.fb.used).toEqual([])
  })

  it('is not cleared between tenants under rfc-v1, and is under v2', () => {
    for (const [profile, found] of [
      ['rfc-v1', 0xdeadbeef],
      ['v2', 0],
    ] as const) {
      const { state, host, gpu, machine, vgpu } = running(profile)
      machine.framebuffer.write32(vgpu.fb.addr + 12345, 0xdeadbeef)
      machine.flush()
      host.destroyVgpus({ selectors: [LITERAL_UUID] })
      host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(2), start: true })
      expect(gpu.mgr?.vgpus[0]?.fb).toEqual(vgpu.fb)
      expect(new Machine(state, gpu).framebuffer.read32(vgpu.fb.addr + 12345), profile).toBe(found)
    }
  })
})
