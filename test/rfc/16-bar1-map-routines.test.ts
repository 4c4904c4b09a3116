import { describe, expect, it } from 'vitest'
import { KiB, MiB } from '../../src/abi/align.ts'
import { lasting, reloaded, uuidOf } from '../engine/host-of.ts'
import { bound, refusal, running } from './hosts.ts'

describe('patch 16: BAR1 map routines', () => {
  it('maps memory at the first free offset, once', () => {
    const { machine } = bound()
    const [a, b] = [MiB, 5 * KiB].map((size) => machine.ops.allocFbmem(size, false, 'x'))
    if (!a || !b) throw new Error('no memory')
    const [first, second] = [machine.ops.bar1MapMem(a, 'x'), machine.ops.bar1MapMem(b, 'x')]
    expect([first.offset, second.offset, second.size]).toEqual([0, MiB, 8 * KiB])
    expect(() => machine.ops.bar1MapMem(a, 'x')).toThrow(refusal({ errno: 'EEXIST' }))
    machine.ops.bar1UnmapMem(first)
    expect(machine.ops.bar1MapMem(a, 'x').offset).toBe(0)
    expect(() => machine.ops.bar1MapMem({ addr: 0, size: 0 }, 'x')).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('shows the bytes that GSP sees', () => {
    const { machine } = bound()
    const mem = machine.ops.allocFbmem(MiB, false, 'x')
    const window = machine.ops.bar1MapMem(mem, 'x')
    window.write(0x1234, Uint8Array.of(1, 2, 3, 4))
    expect(machine.framebuffer.read32(mem.addr + 0x1234)).toBe(0x04030201)
    machine.framebuffer.write32(mem.addr + 8, 0xcafe)
    expect(window.read32(8)).toBe(0xcafe)
    expect(() => window.read(MiB - 1, 2)).toThrow(RangeError)
  })

  it('takes the whole heap of each vGPU under rfc-v1, and mailbox and logs under v2', () => {
    expect(running('rfc-v1').vgpu.bar1?.size).toBe(32 * MiB)
    expect(running('v2').vgpu.bar1?.size).toBe(0x274000)
  })

  it('is finite: when it is used up, creating unwinds to nothing', () => {
    const { state, host, gpu } = bound()
    gpu.nvkm.bar1.size = 32 * MiB - 4096
    const before = reloaded(state)
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'ENOSPC', code: 'no-bar1' }),
    )
    expect(lasting(state)).toEqual(lasting(before))
  })
})
