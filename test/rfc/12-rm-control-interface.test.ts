import { describe, expect, it } from 'vitest'
import { MiB } from '../../src/abi/align.ts'
import { NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE } from '../../src/abi/ctrl2080.ts'
import { NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO } from '../../src/abi/gsp-rpc.ts'
import { Machine } from '../../src/engine/machine.ts'
import { arm, gpuOf } from '../engine/host-of.ts'
import { bound, lines, refusal } from './hosts.ts'

describe('patch 12: RM control interface', () => {
  const SEGMENT = NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.cmd

  it('reads a reply, or drops it', () => {
    const { machine, gpu } = bound()
    const client = { handle: gpu.mgr?.client ?? 0 }
    const reply = machine.ops.rmCtrlRd(client, SEGMENT, new Uint8Array(8))
    expect(NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE.params.get(reply, 'vmmuSegmentSize')).toBe(128 * MiB)
    expect(machine.ops.rmCtrlWr(client, SEGMENT, new Uint8Array(8))).toBeUndefined()
  })

  it('turns a command or client that GSP does not know into EINVAL, and logs client, object, command and status', () => {
    const { machine, gpu } = bound()
    const { handle } = machine.nvkm.rm.allocClient()
    expect(() => machine.ops.rmCtrlRd({ handle }, 0x20801234, new Uint8Array(8))).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_NOT_SUPPORTED') }),
    )
    expect(lines(gpu).at(-1)).toMatch(/cli:0xc1d00003 obj:0x5d1d0000 ctrl cmd:0x20801234 failed: 0x00000056/)
    machine.nvkm.rm.freeClient({ handle })
    expect(() => machine.ops.rmCtrlRd({ handle }, SEGMENT, new Uint8Array(8))).toThrow(
      refusal({ errno: 'EINVAL', message: expect.stringContaining('NV_ERR_INVALID_CLIENT') }),
    )
  })

  it.each([
    ['NV_ERR_NOT_READY', 'EBUSY'],
    ['NV_ERR_TIMEOUT_RETRY', 'EBUSY'],
    ['NV_ERR_NO_MEMORY', 'ENOMEM'],
    ['NV_ERR_TIMEOUT', 'EINVAL'],
    ['NV_ERR_IN_USE', 'EINVAL'],
    ['drop', 'ETIMEDOUT'],
  ])('maps %s to %s', (effect, errno) => {
    const { state } = bound()
    arm(state, 'gsp.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE', effect)
    const gpu = gpuOf(state)
    const machine = new Machine(state, gpu)
    const { now } = state
    expect(() => machine.ops.rmCtrlRd({ handle: gpu.mgr?.client ?? 0 }, SEGMENT, new Uint8Array(8))).toThrow(
      refusal({ errno }),
    )
    if (effect === 'drop') expect(state.now - now).toBe(4_000_000)
  })

  it('gives EIO for a short reply and EINVAL for an RPC result', () => {
    const { rpc } = bound().machine.nvkm
    expect(() => rpc.call(NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO, new Uint8Array(0), 4096)).toThrow(
      refusal({ errno: 'EIO' }),
    )
    expect(() => rpc.call(150, new Uint8Array(0), 0)).toThrow(refusal({ errno: 'EINVAL' }))
  })

  it('leaves a record of every control when tracing is on', () => {
    const { state, gpu } = bound()
    state.tracing = true
    const machine = new Machine(state, gpu)
    machine.ops.rmCtrlRd({ handle: gpu.mgr?.client ?? 0 }, SEGMENT, new Uint8Array(8))
    expect(gpu.trace.records).toMatchObject([
      {
        name: 'NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE',
        client: 0xc1d00002,
        object: 0x5d1d0000,
        size: 32,
        status: null,
      },
      { name: 'NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE', client: 0xc1d00002, object: 0x5d1d0000, status: 0 },
    ])
  })
})
