import { describe, expect, it } from 'vitest'
import { Machine } from '../../src/engine/machine.ts'
import { bound, cold, running, type Seen, watch } from './hosts.ts'

describe('patch 17: engine bitmap', () => {
  it('is the L40’s engines without SW and SEC2', () => {
    expect(bound().machine.ops.getEngineBitmap()).toEqual([
      1, 9, 10, 11, 12, 13, 19, 20, 21, 27, 28, 29, 43, 44, 45, 46, 51,
    ])
  })

  it('is read page by page when GSP has more than 32', () => {
    const { state, gpu } = cold()
    const seen: Seen[] = []
    const machine = new Machine(state, gpu, { port: watch(gpu, seen) })
    // every engine type there is, SW (0x22) and SEC2 (0x26) among them
    Object.assign(machine.gsp.board, { engines: Array.from({ length: 61 }, (_, n) => n + 1) })
    machine.nvkm.probe()
    expect(gpu.nvkm.engines).toEqual(
      Array.from({ length: 61 }, (_, n) => n + 1).filter((e) => e !== 0x22 && e !== 0x26),
    )
    const table = seen.filter((message) => message.fn === 76 && message.payload > 1000)
    expect(table).toHaveLength(2)
  })

  it('says for which engines bootload carries the channel offset', () => {
    const { gpu, vgpu } = running()
    expect(gpu.nvkm.engines).toEqual([1, 9, 10, 11, 12, 13, 19, 20, 21, 27, 28, 29, 43, 44, 45, 46, 51])
    expect(gpu.gsp.plugins[1]?.chidOffset).toBe(`${vgpu.chid?.offset}:1,9-13,19-21,27-29,43-46,51`)
  })
})
