import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE } from '../../src/abi/ctrl2080.ts'
import { Clock } from '../../src/engine/clock.ts'
import { Klog } from '../../src/engine/klog.ts'
import { GspEvents } from '../../src/engine/nvkm/gsp-events.ts'
import { bound, refusal } from './hosts.ts'

describe('patch 7: notify handler for GPUACCT_PERFMON_UTIL_SAMPLES', () => {
  it('counts the samples and logs nothing', () => {
    const { gpu, machine } = bound()
    const logged = gpu.klog.next
    for (let n = 0; n < 3; n += 1) machine.gsp.postEvent(0x1008, new Uint8Array(4048))
    machine.nvkm.rpc.drain()
    expect(gpu.nvkm.events.GPUACCT_PERFMON_UTIL_SAMPLES).toBe(3)
    expect(gpu.klog.next).toBe(logged)
  })

  it('dumps an event that nobody registered as a warning', () => {
    const { gpu, machine } = bound()
    machine.gsp.postEvent(0x1011, Uint8Array.of(0xca, 0xfe))
    machine.nvkm.rpc.drain()
    expect(gpu.klog.lines.at(-1)).toMatchObject({ level: 'warn', text: expect.stringMatching(/0x1011 .*ca fe/) })
  })

  it('dispatches an event that comes while a reply is awaited, and the call goes on', () => {
    const { gpu, machine } = bound()
    machine.gsp.postEvent(0x1008, new Uint8Array(4048))
    const reply = machine.nvkm.internalControl(NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.cmd, new Uint8Array(8))
    expect(NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.params.get(reply, 'vmmuSegmentSize')).toBe(128 * MiB)
    expect(gpu.nvkm.events.GPUACCT_PERFMON_UTIL_SAMPLES).toBe(1)
  })

  it('takes a handler of null for known and dropped, and refuses to register when the table is full', () => {
    const klog = new Klog({ seq: 0, next: 0, lines: [] }, new Clock({ now: 0 }))
    const events = new GspEvents(klog, {})
    events.register(0x1011, null)
    events.dispatch(0x1011, new Uint8Array(4))
    events.register(0x1011, null)
    expect(() => {
      for (let event = 0x2000; event < 0x2020; event += 1) events.register(event, null)
    }).toThrow(refusal({ errno: 'ENOSPC' }))
  })
})
