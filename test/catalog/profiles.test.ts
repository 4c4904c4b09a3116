import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { DEFAULT_PROFILE, isProfileName, PROFILES } from '../../src/catalog/profiles.ts'

const { 'rfc-v1': v1, v2, vgpu17 } = PROFILES

describe('the driver profiles', () => {
  it('are four, each under its own name, and v2 is the default', () => {
    expect(Object.keys(PROFILES)).toEqual(['rfc-v1', 'v2', 'vgpu17', 'vgpu16'])
    for (const [name, profile] of Object.entries(PROFILES)) expect(profile.name).toBe(name)
    expect(DEFAULT_PROFILE).toBe('v2')
    expect(isProfileName('vgpu17')).toBe(true)
    for (const text of ['', 'V2', 'toString', '__proto__']) expect(isProfileName(text)).toBe(false)
  })

  it('have plugin partitions and a WPR heap to match', () => {
    const firmware = Object.values(PROFILES).map((row) => [row.vfPartitionCount, row.wprHeapSize / MiB])
    expect(firmware).toEqual([
      [2, 256],
      [32, 256],
      [32, 581],
      [32, 581],
    ])
  })

  it('keep 1,536 of 2,048 channels for vGPUs, vgpu17 all of them', () => {
    expect(v1.channelsReserved).toEqual({ first: 512, count: 1536 })
    expect(v2.channelsReserved).toEqual(v1.channelsReserved)
    expect(vgpu17.channelsReserved).toEqual({ first: 0, count: 2048 })
    for (const { channelsReserved } of Object.values(PROFILES)) {
      expect(channelsReserved.first + channelsReserved.count).toBe(2048)
    }
  })

  it('climb the same eight rungs, the first series taking framebuffer before channels', () => {
    expect(v1.rungOrder).toEqual(['register', 'fb', 'chids', 'heap', 'map', 'client', 'bootload', 'rpc'])
    expect(v2.rungOrder).toEqual(['register', 'chids', 'fb', 'heap', 'map', 'client', 'bootload', 'rpc'])
    expect(vgpu17.rungOrder).toEqual(v2.rungOrder)
  })

  it('reset the VF after the vGPU is created in the first series and before it later', () => {
    const earlier = (order: readonly string[], first: string, second: string) =>
      order.indexOf(first) < order.indexOf(second)
    expect(earlier(v1.openOrder, 'create', 'reset')).toBe(true)
    expect(earlier(v2.openOrder, 'reset', 'create')).toBe(true)
    expect(earlier(v1.closeOrder, 'destroy', 'unmap-bar0')).toBe(true)
    expect(earlier(v2.closeOrder, 'unmap-bar0', 'destroy')).toBe(true)
    for (const { openOrder } of Object.values(PROFILES)) expect(openOrder.at(-1)).toBe('bus-master')
  })

  it('map a mailbox and logs that lie behind each other without a gap', () => {
    for (const { name, initTaskLogSize, vgpuTaskLogSize, kernelLog, mappedHeapSize } of Object.values(PROFILES)) {
      const logs = 0x204000 + initTaskLogSize + vgpuTaskLogSize
      expect(kernelLog?.offset ?? logs, name).toBe(logs)
      expect(mappedHeapSize, name).toBe(logs + (kernelLog?.size ?? 0))
    }
  })

  it('reach beyond Ada only under vgpu17', () => {
    expect([v1, v2].map((row) => row.supportedArchitectures)).toEqual([['Ada'], ['Ada']])
    expect(vgpu17.supportedArchitectures).toEqual(['Ada', 'Ampere', 'Hopper', 'Blackwell'])
  })
})
