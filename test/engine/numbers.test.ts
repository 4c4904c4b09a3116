import { describe, expect, it } from 'vitest'
import { boardNames, findBoard } from '../../src/catalog/boards.ts'
import { typesOfBoard } from '../../src/catalog/vgpu-types.ts'
import { checkHost } from '../../src/engine/invariants.ts'
import { hostOf, lasting, reloaded, unbound, uuidOf } from './host-of.ts'

const refusal = (facts: object) => expect.objectContaining(facts)

describe('the figures of an L40 under v2', () => {
  it('carries 12 L40-4Q of 128 channels each and refuses the 13th with the reason', () => {
    const { state, host, gpu } = hostOf()
    host.enableVfs({ count: 32 })
    for (let n = 1; n <= 12; n += 1) host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(n), start: true })
    expect(host.vgpuViews().map((vgpu) => vgpu.channels)).toEqual(
      Array.from({ length: 12 }, (_, k) => ({ first: 512 + 128 * k, count: 128, plugin: 1 })),
    )
    expect(checkHost(state, [0])).toEqual([])
    const before = reloaded(state)
    expect(() => host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(13), start: true })).toThrow(
      refusal({ errno: 'ENOSPC', code: 'max-instances', message: expect.stringContaining('allows 12') }),
    )
    expect(lasting(state)).toEqual(lasting(before))
    expect(gpu.gsp.plugins[13]).toBeUndefined()
  })

  it('carries 32 L40-1B of 48 channels, rounded down to 32, and then has neither VF nor channel left over', () => {
    const { state, host } = hostOf()
    host.enableVfs({ count: 32 })
    for (let n = 1; n <= 32; n += 1) host.createVgpu({ type: 'L40-1B', uuid: uuidOf(n), start: true })
    expect(host.vgpuViews().every((vgpu) => vgpu.state === 'running' && vgpu.channels?.count === 32)).toBe(true)
    expect(checkHost(state, [0])).toEqual([])
    expect(() => host.createVgpu({ type: 'L40-1B', uuid: uuidOf(33), start: true })).toThrow(
      refusal({ errno: 'ENOSPC' }),
    )
  })

  it('gives each size the previous power of two of its share of 1,536 channels', () => {
    const { host } = hostOf()
    const channels = Object.fromEntries(
      host.typeViews().map((type) => [type.name.replace('NVIDIA L40-', ''), type.channels]),
    )
    expect(channels).toMatchObject({ '1B': 32, '2Q': 64, '4Q': 128, '8Q': 256, '24Q': 512, '48Q': 1024 })
  })

  it('refuses a second type with what is there', () => {
    const { state, host } = hostOf()
    host.enableVfs({ count: 4 })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), start: true })
    const before = reloaded(state)
    expect(() => host.createVgpu({ type: 'L40-8Q', uuid: uuidOf(2), start: true })).toThrow(
      refusal({ errno: 'EINVAL', code: 'type-mismatch', message: expect.stringContaining('L40-4Q (1 of 12)') }),
    )
    expect(lasting(state)).toEqual(lasting(before))
  })

  it('takes a type again once the last vGPU of another is gone', () => {
    const { host } = hostOf()
    host.enableVfs({ count: 2 })
    host.createVgpu({ type: 'L40-48Q', uuid: uuidOf(1), start: true })
    host.destroyVgpus({ selectors: [uuidOf(1)] })
    expect(host.createVgpu({ type: 'L40-1A', uuid: uuidOf(2), start: true }).items[0]?.state).toBe('running')
  })
})

describe.each(boardNames().filter((name) => findBoard(name)?.architecture === 'Ada'))('on %s', (name) => {
  const board = findBoard(name)
  const types = typesOfBoard(board?.typeBoard ?? '')

  it(`every one of the ${types.length} types reaches its maximum`, () => {
    const { state, host, gpu } = hostOf({ board: name })
    if (types.length === 0) {
      expect(() => host.createVgpu({ type: 'L40-1B', uuid: uuidOf(1), start: true })).toThrow(
        refusal({ errno: 'ENODEV' }),
      )
      return
    }
    host.enableVfs({ count: board?.sriov?.totalVfs ?? 0 })
    for (const { vgpuName, maxInstance } of types) {
      for (let n = 1; n <= maxInstance; n += 1) host.createVgpu({ type: vgpuName, uuid: uuidOf(n), start: true })
      expect(Object.values(gpu.gsp.plugins).filter((plugin) => plugin.state === 'running').length, vgpuName).toBe(
        maxInstance,
      )
      expect(checkHost(state, [0]), vgpuName).toEqual([])
      expect(() => host.createVgpu({ type: vgpuName, uuid: uuidOf(99), start: true }), vgpuName).toThrow(
        refusal({ errno: 'ENOSPC' }),
      )
      host.destroyVgpus({ selectors: [], all: true })
      expect(gpu.nvkm.fb.used, vgpuName).toEqual([])
    }
  })
})

describe('the number of VFs', () => {
  it('is at most what the capability has', () => {
    const { host } = hostOf()
    expect(() => host.enableVfs({ count: 33 })).toThrow(refusal({ errno: 'ERANGE', code: 'numvfs-range' }))
    expect(host.enableVfs({ count: 32 }).items).toHaveLength(32)
    expect(() => host.enableVfs({ count: 33 })).toThrow(refusal({ errno: 'ERANGE' }))
    expect(host.vfViews()).toHaveLength(32)
  })

  it('cannot be raised by the raw write while VFs are enabled, in the words of the kernel', () => {
    const { state, host, gpu } = hostOf()
    host.enableVfs({ count: 4 })
    const before = reloaded(state)
    const sentence = '4 VFs already enabled. Disable before enabling 8 VFs'
    expect(() => host.enableVfs({ count: 8, raw: true })).toThrow(refusal({ errno: 'EBUSY', message: sentence }))
    expect(gpu.klog.lines.at(-1)?.text).toContain(sentence)
    expect(lasting(state)).toEqual(lasting(before))
    expect(host.enableVfs({ count: 8 }).items).toHaveLength(8)
  })

  it.each([
    ['configured', false],
    ['running', true],
  ])('cannot be taken away under a %s vGPU, which the refusal names', (_, start) => {
    const { state, host } = hostOf()
    host.enableVfs({ count: 4 })
    host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(7), start })
    const before = reloaded(state)
    for (const act of [() => host.disableVfs(), () => host.enableVfs({ count: 8 }), () => host.enableVfs({ count: 0 })])
      expect(act).toThrow(refusal({ errno: 'EBUSY', message: expect.stringContaining(uuidOf(7)) }))
    expect(lasting(state)).toEqual(lasting(before))
  })

  it('goes to 0 over idle VFs, and the manager goes with the last', () => {
    const { host, gpu } = hostOf()
    host.enableVfs({ count: 4 })
    expect(gpu.mgr?.refs).toBe(4)
    expect(host.disableVfs()).toMatchObject({ changed: true, items: { length: 4 } })
    expect([gpu.vfs, gpu.mgr, gpu.nvkm.handle, gpu.hw.numVfs]).toEqual([[], null, false, 0])
  })

  it('of a text that only JavaScript takes for a number changes nothing', () => {
    const { state, host } = hostOf()
    host.enableVfs({ count: 4 })
    const before = reloaded(state)
    for (const count of ['1e1', ' 5', '5.0', '0b11', '', '-1', 'four', '0x', '5x', '99999999999999999999'])
      expect(() => host.enableVfs({ count }), JSON.stringify(count)).toThrow(
        refusal({ errno: count.startsWith('999') ? 'ERANGE' : 'EINVAL' }),
      )
    expect(lasting(state)).toEqual(lasting(before))
    expect(host.enableVfs({ count: '010' }).items).toHaveLength(8)
    expect(host.enableVfs({ count: '0x10\n' }).items).toHaveLength(16)
    expect(host.enableVfs({ count: '020' }).changed).toBe(false)
  })

  it('drops whatever runs when forced', () => {
    const { state, host, gpu } = hostOf()
    host.enableVfs({ count: 4 })
    for (const n of [1, 2]) host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(n), start: n === 1 })
    host.disableVfs({ force: true })
    expect([gpu.vfs, gpu.mgr, gpu.nvkm.fb.used, gpu.gsp.plugins]).toEqual([[], null, [], {}])
    expect(checkHost(state, [0])).toEqual([])
  })
})

describe('the limits of rfc-v1', () => {
  it('are type 869, 512 channels each and the first two VFs', () => {
    const { state, host } = hostOf({ profile: 'rfc-v1' })
    host.enableVfs({ count: 32 })
    expect(host.typeViews().map((type) => type.id)).toEqual([869])
    for (const n of [1, 2]) host.createVgpu({ type: '869', uuid: uuidOf(n), start: true })
    expect(host.vgpuViews().map((vgpu) => vgpu.channels)).toEqual([
      { first: 512, count: 512, plugin: 0 },
      { first: 1024, count: 512, plugin: 0 },
    ])
    const before = reloaded(state)
    expect(() => host.createVgpu({ type: '869', uuid: uuidOf(3), start: true })).toThrow(
      refusal({ errno: 'EINVAL', code: 'vf-limit' }),
    )
    expect(lasting(state)).toEqual(lasting(before))
  })

  it('rule out every other type with the profile as the reason', () => {
    const { host } = hostOf({ profile: 'rfc-v1' })
    host.enableVfs({ count: 2 })
    expect(() => host.createVgpu({ type: 'L40-4Q', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'ENODEV', code: 'profile-limit' }),
    )
  })

  it('let every VF be bound all the same', () => {
    const { host, gpu } = unbound('rfc-v1', 32)
    for (let vf = 0; vf < 32; vf += 1) host.bindVf(String(vf), 'nvidia-vgpu-vfio')
    expect(gpu.mgr?.refs).toBe(32)
  })
})
