import { describe, expect, it } from 'vitest'
import { newHost } from '../../src/engine/new-host.ts'
import { fromSparse } from '../../src/engine/sparse.ts'
import type { GpuState } from '../../src/engine/state.ts'
import { gpuOf, lasting, reloaded, uuidOf } from '../engine/host-of.ts'
import { bound, lines, refusal } from './hosts.ts'

describe('patch 6: RMSetSriovMode', () => {
  const GOLDEN =
    '71000000030000003800000001000000010000000400' +
    '00004c0000000100000001000000040000006200000001000000010000000400' +
    '0000524d5365634275735265736574456e61626c6500524d466f72636550636965436f6e6669675361766500524d5365745372696f764d6f646500'
  const table = (gpu: GpuState, size: number) => Buffer.from(fromSparse(gpu.gsp.registry, size))

  it('reaches GSP as the 113 golden bytes', () => {
    expect(table(gpuOf(newHost()), 113).toString('hex')).toBe(GOLDEN)
  })

  it('comes after the user’s entries, which come after the defaults', () => {
    const gpu = gpuOf(newHost({ registryDwords: 'RmFoo=0x10; RmBar = text' }))
    const text = table(gpu, 400).toString('latin1')
    const order = ['RMSecBusResetEnable', 'RMForcePcieConfigSave', 'RmFoo', 'RmBar', 'RMSetSriovMode'].map((key) =>
      text.indexOf(`${key}\0`),
    )
    expect(order).toEqual([...order].sort((a, b) => a - b))
    expect(order[0]).toBeGreaterThan(0)
  })

  it('is not sent without vGPU', () => {
    expect(table(gpuOf(newHost({ vgpu: false })), 400).toString('latin1')).not.toContain('RMSetSriovMode')
  })

  it('does not load a driver with a key of 65 bytes, and skips a malformed pair with a report', () => {
    expect(() => newHost({ registryDwords: `${'k'.repeat(64)}=1` })).toThrow(refusal({ errno: 'EINVAL' }))
    expect(lines(gpuOf(newHost({ registryDwords: 'broken;ok=1' })))).toContainEqual(expect.stringContaining('"broken"'))
  })

  it('is what GSP wants before it boots a plugin', () => {
    const { gpu, host, state } = bound()
    gpu.gsp.registry = ''
    const before = reloaded(state)
    expect(() => host.createVgpu({ type: '869', vf: '0', uuid: uuidOf(1), start: true })).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_NOT_SUPPORTED') }),
    )
    expect(lasting(state)).toEqual(lasting(before))
  })
})
