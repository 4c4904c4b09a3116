import {
  NV_VGPU_MSG_EVENT_OS_ERROR_LOG,
  NV_VGPU_MSG_EVENT_RC_TRIGGERED,
  rpc_os_error_log_v17_00,
  rpc_rc_triggered_v17_02,
} from '../../abi/gsp-rpc.ts'

/** The channel of an RC_TRIGGERED (a byte offset in the channel table) or OS_ERROR_LOG; null for another event. */
export function failedChannel(event: number, payload: Uint8Array): number | null {
  if (event === NV_VGPU_MSG_EVENT_RC_TRIGGERED && payload.length >= rpc_rc_triggered_v17_02.size)
    return Math.floor(rpc_rc_triggered_v17_02.get(payload, 'chid') / 8)
  if (event === NV_VGPU_MSG_EVENT_OS_ERROR_LOG && payload.length >= rpc_os_error_log_v17_00.size)
    return rpc_os_error_log_v17_00.get(payload, 'chid')
  return null
}
