import { describe, expect, it } from 'vitest'
import { running } from './hosts.ts'

describe('patch 25: map the management heap', () => {
  it('shows the mailbox at its start and the logs behind it', () => {
    const { machine, vgpu, gpu } = running()
    const window = machine.ops.bar1Window(vgpu.bar1?.offset ?? 0, vgpu.bar1?.size ?? 0)
    expect(window.read32(0)).toBe(1)
    const text = (at: number) => Buffer.from(window.read(at, 5)).toString()
    expect([text(0x204000), text(0x224000)]).toEqual(['init:', 'vgpu '])
    expect(gpu.gsp.plugins[1]).toMatchObject({
      initTaskLog: { addr: vgpu.heap.addr + 0x204000, size: 0x20000 },
      vgpuTaskLog: { addr: vgpu.heap.addr + 0x224000, size: 0x20000 },
    })
    expect(running('v2').gpu.gsp.plugins[1]?.vgpuTaskLog.size).toBe(0x40000)
  })
})
