import { describe, expect, it } from 'vitest'
import { formatRoutingId } from '../../src/abi/pci.ts'
import { Clock } from '../../src/engine/clock.ts'
import { Klog } from '../../src/engine/klog.ts'
import { Machine } from '../../src/engine/machine.ts'
import { type SriovFacts, sriovNumvfsStore } from '../../src/engine/nvkm/sriov.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import { NvError } from '../../src/errors/nv-error.ts'
import { hostOf, unbound } from '../engine/host-of.ts'
import { bound, lines, refusal, running } from './hosts.ts'

describe('patch 18: sriov_configure', () => {
  const klog = () => new Klog({ seq: 0, next: 0, lines: [] }, new Clock({ now: 0 }))
  const good: SriovFacts = {
    totalVfs: 32,
    numVfs: 0,
    driver: 'nvkm',
    enabled: true,
    managerAttached: false,
    bdf: '0000:c1:00.0',
    unsupported: null,
    mend: 'nvgpu gpu show 0000:c1:00.0',
  }
  const errnoOf = (text: string, facts: Partial<SriovFacts>) => {
    try {
      return sriovNumvfsStore(text, { ...good, ...facts }, klog(), null)
    } catch (error) {
      return error instanceof NvError ? error.errno : error
    }
  }

  it('refuses in the kernel’s order: each reason hides those behind it', () => {
    const worst: SriovFacts = {
      ...good,
      numVfs: 4,
      driver: null,
      enabled: false,
      managerAttached: true,
      unsupported: 'off',
    }
    expect(errnoOf('four', worst)).toBe('EINVAL')
    expect(errnoOf('65536', worst)).toBe('ERANGE')
    expect(errnoOf('33', worst)).toBe('ERANGE')
    expect(errnoOf('4', worst)).toBeNull()
    expect(errnoOf('8', worst)).toBe('ENOENT')
    expect(errnoOf('8', { ...worst, driver: 'nvkm' })).toBe('EBUSY')
    expect(errnoOf('0', { ...worst, driver: 'nvkm' })).toBe('ENODEV')
    expect(errnoOf('0', { ...worst, driver: 'nvkm', enabled: true })).toBe('EBUSY')
    expect(errnoOf('0', { ...worst, driver: 'nvkm', enabled: true, managerAttached: false })).toBe(0)
    expect(errnoOf('32', {})).toBe(32)
  })

  it.each([
    ['', 'EINVAL'],
    ['-1', 'EINVAL'],
    [' 4', 'EINVAL'],
    ['4 ', 'EINVAL'],
    ['08', 'EINVAL'],
    ['4\n', 4],
    ['+4', 4],
    ['0x10', 16],
    ['010', 8],
    ['99999999999999999999', 'ERANGE'],
  ])('reads %j as the kernel reads a number: %s', (text, outcome) => {
    expect(errnoOf(text, {})).toBe(outcome)
  })

  it('logs the sentence of the kernel when VFs are in the way', () => {
    const { host, gpu } = unbound('rfc-v1')
    expect(() => host.enableVfs({ count: 8, raw: true })).toThrow(refusal({ errno: 'EBUSY' }))
    expect(lines(gpu).at(-1)).toContain('4 VFs already enabled. Disable before enabling 8 VFs')
  })

  it('makes VFs with their addresses and configuration space, and takes them away again', () => {
    const { host, gpu, state } = unbound('rfc-v1', 32)
    expect([0, 1, 3, 4, 31].map((n) => gpu.vfs[n]?.bdf)).toEqual(
      [0xc104, 0xc105, 0xc107, 0xc108, 0xc123].map((id) => formatRoutingId(id)),
    )
    expect(host.vfViewOf('0')).toMatchObject({
      gfid: 1,
      pci: { vendorId: '0x10de', deviceId: '0x26b5', class: '0x030200' },
    })
    expect(fromSparse(gpu.vfs[0]?.config ?? '', 4096).subarray(0, 4)).toEqual(Uint8Array.of(255, 255, 255, 255))
    const capability = new Machine(state, gpu).config
    expect([capability.read16(0xbcc + 0x10), capability.read16(0xbcc + 8) & 9]).toEqual([32, 9])
    expect(host.disableVfs({ raw: true }).changed).toBe(true)
    const after = new Machine(state, gpu).config
    expect([gpu.vfs, after.read16(0xbcc + 0x10), after.read16(0xbcc + 8) & 9]).toEqual([[], 0, 0])
  })

  it('refuses while a manager is attached under rfc-v1, and tells the VFs to go under v2', () => {
    const rfc = bound('rfc-v1')
    expect(() => rfc.host.disableVfs({ raw: true })).toThrow(refusal({ errno: 'EBUSY' }))
    rfc.host.unbindVf('0')
    expect(rfc.host.disableVfs({ raw: true }).changed).toBe(true)
    const v2 = running('v2')
    v2.host.disableVfs({ raw: true })
    expect([v2.gpu.vfs, v2.gpu.mgr, v2.gpu.gsp.plugins]).toEqual([[], null, {}])
    expect(lines(v2.gpu)).toContainEqual(expect.stringContaining('SIGTERM'))
  })

  it('is not offered where vGPU support is off', () => {
    const { host } = hostOf({ vgpu: false })
    expect(() => host.enableVfs({ count: 4 })).toThrow(refusal({ errno: 'ENODEV' }))
    expect(() => hostOf({ board: 'A40' }).host.enableVfs({ count: 4 })).toThrow(
      refusal({ errno: 'ENODEV', message: expect.stringContaining('Ampere') }),
    )
  })
})
