import { controlName } from '../../abi/controls.ts'
import {
  gspEventName,
  gspFunctionName,
  NV_VGPU_MSG_EVENT_FIRST_EVENT,
  NV_VGPU_MSG_FUNCTION_FREE,
  NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  rpc_free_v03_00,
  rpc_gsp_rm_alloc_v03_00,
  rpc_gsp_rm_control_v03_00,
} from '../../abi/gsp-rpc.ts'
import { className } from '../../abi/rm-objects.ts'
import type { Crossing } from '../trace.ts'

/** Describes a queue message from its bytes. `answer`: the message comes from GSP. */
export function describeMessage(fn: number, payload: Uint8Array, answer: boolean, result: number): Crossing {
  const base = { direction: answer ? 'gsp>nvkm' : 'nvkm>gsp', payload }
  const status = (value: number) => (answer ? { status: value === 0 ? result : value } : {})
  if (fn >= NV_VGPU_MSG_EVENT_FIRST_EVENT) return { ...base, kind: 'gsp', name: gspEventName(fn) }
  if (fn === NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL && payload.length >= rpc_gsp_rm_control_v03_00.size) {
    const { hClient, hObject, cmd, status: nv } = rpc_gsp_rm_control_v03_00.decode(payload)
    return { ...base, kind: 'rpc', name: controlName(cmd), client: hClient, object: hObject, ...status(nv) }
  }
  if (fn === NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC && payload.length >= rpc_gsp_rm_alloc_v03_00.size) {
    const { hClient, hObject, hClass, status: nv } = rpc_gsp_rm_alloc_v03_00.decode(payload)
    return {
      ...base,
      kind: 'rpc',
      name: `GSP_RM_ALLOC ${className(hClass)}`,
      client: hClient,
      object: hObject,
      ...status(nv),
    }
  }
  if (fn === NV_VGPU_MSG_FUNCTION_FREE && payload.length >= rpc_free_v03_00.size) {
    const { params } = rpc_free_v03_00.decode(payload)
    return {
      ...base,
      kind: 'rpc',
      name: 'FREE',
      client: params.hRoot,
      object: params.hObjectOld,
      ...status(params.status),
    }
  }
  return { ...base, kind: 'rpc', name: gspFunctionName(fn), ...status(0) }
}
