import { describe, expect, it } from 'vitest'
import { NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE as VMMU } from '../../src/abi/ctrl2080.ts'
import {
  NV_VGPU_MSG_EVENT_RC_TRIGGERED,
  NV_VGPU_MSG_FUNCTION_FREE,
  NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  NV_VGPU_MSG_FUNCTION_NOP,
  rpc_free_v03_00,
  rpc_gsp_rm_alloc_v03_00,
  rpc_gsp_rm_control_v03_00,
} from '../../src/abi/gsp-rpc.ts'
import { NV20_SUBDEVICE_0 } from '../../src/abi/rm-objects.ts'
import { describeMessage } from '../../src/engine/nvkm/gsp-trace.ts'

const control = rpc_gsp_rm_control_v03_00.encode({ hClient: 1, hObject: 2, cmd: VMMU.cmd, status: 0x56 })
const alloc = rpc_gsp_rm_alloc_v03_00.encode({ hClient: 3, hObject: 4, hClass: NV20_SUBDEVICE_0, status: 0x1f })
const free = rpc_free_v03_00.encode({ params: { hRoot: 5, hObjectOld: 6, status: 0x57 } })

describe('J 3: a message in the trace', () => {
  it.each<[string, number, Uint8Array, object]>([
    [
      'a control',
      NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
      control,
      { name: VMMU.name, client: 1, object: 2, status: 0x56 },
    ],
    [
      'an allocation',
      NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
      alloc,
      { name: 'GSP_RM_ALLOC NV20_SUBDEVICE_0', client: 3, object: 4, status: 0x1f },
    ],
    ['a free', NV_VGPU_MSG_FUNCTION_FREE, free, { name: 'FREE', client: 5, object: 6, status: 0x57 }],
  ])(
    'of %s has client, object and, as an answer, the status',
    (_what, fn, payload, { status, ...known }: object & { status?: number }) => {
      const base = { kind: 'rpc', payload, ...known }
      expect(describeMessage(fn, payload, true, 9)).toEqual({ ...base, direction: 'gsp>nvkm', status })
      expect(describeMessage(fn, payload, false, 9)).toEqual({ ...base, direction: 'nvkm>gsp' })
      // the rpc_result counts where the message itself has none
      const plain = payload.slice().fill(0)
      expect(describeMessage(fn, plain, true, 9)).toMatchObject({ status: 9 })
      // a part of the structure tells nothing
      expect(describeMessage(fn, payload.subarray(1), true, 9)).not.toHaveProperty('object')
    },
  )

  it('of another function or an event has no object, however long it is', () => {
    const long = new Uint8Array(256).fill(1)
    expect(describeMessage(NV_VGPU_MSG_FUNCTION_NOP, long, true, 0)).toEqual({
      direction: 'gsp>nvkm',
      kind: 'rpc',
      name: 'NOP',
      payload: long,
      status: 0,
    })
    expect(describeMessage(NV_VGPU_MSG_EVENT_RC_TRIGGERED, long, true, 0)).toEqual({
      direction: 'gsp>nvkm',
      kind: 'gsp',
      name: 'RC_TRIGGERED',
      payload: long,
    })
  })
})
