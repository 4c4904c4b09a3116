import type { Control } from '../../../src/abi/control.ts'
import * as ctrl from '../../../src/abi/ctrl2080.ts'
import * as boot from '../../../src/abi/gsp-boot.ts'
import * as rpc from '../../../src/abi/gsp-rpc.ts'
import { GSP_STATIC_INFO } from '../../../src/abi/gsp-static-info.ts'
import type { AnyStruct } from '../../../src/abi/layout.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../../src/abi/nva081.ts'
import * as rm from '../../../src/abi/rm-objects.ts'
import * as mailbox from '../../../src/abi/vgpu-gsp.ts'
import { GspFwWprMeta } from '../../../src/abi/wpr-meta.ts'
import type { ProfileName } from '../../../src/engine/state.ts'
import { CONTROL_PARAMS, type Flip } from './flip.ts'

/** The type of the one vGPU. */
export const TYPE: Readonly<Record<ProfileName, number>> = { 'rfc-v1': 869, v2: 874, vgpu17: 876, vgpu16: 876 }

/** A structure in transit, and the flip of a byte of it. */
export interface Target {
  readonly title: string
  readonly layout: AnyStruct
  readonly profile: ProfileName
  flip(offset: number, profile: ProfileName): Flip
}

const CONTROL = rpc.NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL
const ALLOC = rpc.NV_VGPU_MSG_FUNCTION_GSP_RM_ALLOC
const VMMU = ctrl.NV2080_CTRL_CMD_GPU_GET_VMMU_SEGMENT_SIZE
const ADD_TYPE = ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE

const target = (
  title: string,
  layout: AnyStruct,
  flip: (offset: number, profile: ProfileName) => Flip,
  profile: ProfileName = 'v2',
): Target => ({
  title,
  layout,
  profile,
  flip,
})
const params = (
  side: 'request' | 'reply',
  { name, cmd, params: layout }: Control<AnyStruct>,
  profile?: ProfileName,
): Target =>
  target(
    `${name.replace('NV2080_CTRL_CMD_', '')}, ${side}`,
    layout,
    (offset) => ({ in: side, fn: CONTROL, cmd, offset: CONTROL_PARAMS + offset }),
    profile,
  )
const mail = (title: string, layout: AnyStruct, message: number, side: 'before' | 'after', base: number): Target =>
  target(title, layout, (offset) => ({ in: 'mailbox', message, side, offset: base + offset }))
const event = (number: number, layout: AnyStruct): Target =>
  target(`${layout.name}, event 0x${number.toString(16)}`, layout, (offset) => ({ in: 'event', event: number, offset }))

const MESSAGE = mailbox.VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET
const RESPONSE = mailbox.VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET
const [NEGOTIATE, CONFIGURE, BUS_MASTER, GUEST_INFO] = [1, 2, 13, 14] as const

/** Every structure that crosses a boundary in the life of a vGPU. */
export const TARGETS: readonly Target[] = [
  target('GSP_MSG_QUEUE_ELEMENT, to GSP', rpc.GSP_MSG_QUEUE_ELEMENT, (offset) => ({
    in: 'request element',
    fn: CONTROL,
    cmd: VMMU.cmd,
    offset,
  })),
  target('GSP_MSG_QUEUE_ELEMENT, from GSP', rpc.GSP_MSG_QUEUE_ELEMENT, (offset) => ({
    in: 'reply element',
    fn: CONTROL,
    cmd: VMMU.cmd,
    offset,
  })),
  target('msgqTxHeader, command ring', rpc.msgqTxHeader, (offset) => ({ in: 'ring', ring: 'command', offset })),
  target('msgqRxHeader, command ring', rpc.msgqRxHeader, (offset) => ({
    in: 'ring',
    ring: 'command',
    offset: 32 + offset,
  })),
  target('msgqTxHeader, status ring', rpc.msgqTxHeader, (offset) => ({ in: 'ring', ring: 'status', offset })),
  target('msgqRxHeader, status ring', rpc.msgqRxHeader, (offset) => ({
    in: 'ring',
    ring: 'status',
    offset: 32 + offset,
  })),
  target('GspFwWprMeta', GspFwWprMeta, (offset) => ({ in: 'meta', offset })),
  target('GspFwSRMeta', boot.GspFwSRMeta, (offset) => ({ in: 'suspend meta', offset })),
  target('GSP_ARGUMENTS_CACHED', boot.GSP_ARGUMENTS_CACHED, (offset) => ({ in: 'arguments', offset })),
  target('GspSystemInfo', boot.GspSystemInfo, (offset) => ({
    in: 'request',
    fn: rpc.NV_VGPU_MSG_FUNCTION_GSP_SET_SYSTEM_INFO,
    offset,
  })),
  target('PACKED_REGISTRY_TABLE', boot.PACKED_REGISTRY_TABLE, (offset) => ({
    in: 'request',
    fn: rpc.NV_VGPU_MSG_FUNCTION_SET_REGISTRY,
    offset,
  })),
  // the third entry is RMSetSriovMode
  target('PACKED_REGISTRY_ENTRY', boot.PACKED_REGISTRY_ENTRY, (offset) => ({
    in: 'request',
    fn: rpc.NV_VGPU_MSG_FUNCTION_SET_REGISTRY,
    offset: boot.PACKED_REGISTRY_TABLE.size + 2 * boot.PACKED_REGISTRY_ENTRY.size + offset,
  })),
  target('GSP_STATIC_INFO, reply', GSP_STATIC_INFO, (offset) => ({
    in: 'reply',
    fn: rpc.NV_VGPU_MSG_FUNCTION_GET_GSP_STATIC_INFO,
    offset,
  })),
  target('rpc_gsp_rm_alloc, request', rpc.rpc_gsp_rm_alloc_v03_00, (offset) => ({ in: 'request', fn: ALLOC, offset })),
  target('rpc_gsp_rm_alloc, reply', rpc.rpc_gsp_rm_alloc_v03_00, (offset) => ({ in: 'reply', fn: ALLOC, offset })),
  target('NV0000_ALLOC_PARAMETERS', rm.NV0000_ALLOC_PARAMETERS, (offset) => ({
    in: 'request',
    fn: ALLOC,
    offset: rpc.rpc_gsp_rm_alloc_v03_00.size + offset,
  })),
  target('rpc_gsp_rm_control, request', rpc.rpc_gsp_rm_control_v03_00, (offset) => ({
    in: 'request',
    fn: CONTROL,
    cmd: VMMU.cmd,
    offset,
  })),
  target('rpc_gsp_rm_control, reply', rpc.rpc_gsp_rm_control_v03_00, (offset) => ({
    in: 'reply',
    fn: CONTROL,
    cmd: VMMU.cmd,
    offset,
  })),
  target('rpc_free, request', rpc.rpc_free_v03_00, (offset) => ({
    in: 'request',
    fn: rpc.NV_VGPU_MSG_FUNCTION_FREE,
    offset,
  })),
  target('rpc_free, reply', rpc.rpc_free_v03_00, (offset) => ({
    in: 'reply',
    fn: rpc.NV_VGPU_MSG_FUNCTION_FREE,
    offset,
  })),
  target('rpc_unloading_guest_driver, request', rpc.rpc_unloading_guest_driver_v1F_07, (offset) => ({
    in: 'request',
    fn: rpc.NV_VGPU_MSG_FUNCTION_UNLOADING_GUEST_DRIVER,
    offset,
  })),
  params('reply', VMMU),
  params('request', ctrl.NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE),
  params('reply', ctrl.NV2080_CTRL_CMD_FIFO_GET_DEVICE_INFO_TABLE),
  params('reply', ctrl.NV2080_CTRL_CMD_GSP_GET_FEATURES),
  params('reply', ctrl.NV2080_CTRL_CMD_GPU_QUERY_ECC_STATUS),
  target(
    'PGPU_ADD_VGPU_TYPE, head',
    { ...ADD_TYPE.params, name: 'head', fields: headOf(ADD_TYPE.params) } as AnyStruct,
    (offset) => ({ in: 'request', fn: CONTROL, cmd: ADD_TYPE.cmd, offset: CONTROL_PARAMS + offset }),
  ),
  target('NVA081_CTRL_VGPU_INFO', NVA081_CTRL_VGPU_INFO, (offset, profile) => ({
    in: 'request',
    fn: CONTROL,
    cmd: ADD_TYPE.cmd,
    // the types of an L40 begin with 869
    offset:
      CONTROL_PARAMS +
      ADD_TYPE.params.fields.vgpuInfo.offset +
      (TYPE[profile] - 869) * NVA081_CTRL_VGPU_INFO.size +
      offset,
  })),
  params('request', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK, 'vgpu17'),
  params('request', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY, 'vgpu17'),
  params('request', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO, 'vgpu17'),
  params('request', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK),
  params('request', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP),
  params('request', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG),
  params('reply', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT),
  params('reply', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING),
  params('reply', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU),
  params('reply', ctrl.NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE),
  mail('VGPU_CPU_GSP_CTRL_BUFF_REGION, message 1', mailbox.VGPU_CPU_GSP_CTRL_BUFF_REGION, NEGOTIATE, 'before', 0),
  mail('VGPU_CPU_GSP_RESPONSE_BUFF_REGION', mailbox.VGPU_CPU_GSP_RESPONSE_BUFF_REGION, NEGOTIATE, 'after', RESPONSE),
  mail('VERSION_NEGOTIATION', mailbox.NV_VGPU_CPU_RPC_DATA_VERSION_NEGOTIATION, NEGOTIATE, 'before', MESSAGE),
  mail('COPY_CONFIG_PARAMS, message 2', mailbox.NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS, CONFIGURE, 'before', MESSAGE),
  mail('UPDATE_BME_STATE, message 13', mailbox.NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE, BUS_MASTER, 'before', MESSAGE),
  mail('NV2080_GUEST_VM_INFO, message 14', ctrl.NV2080_GUEST_VM_INFO, GUEST_INFO, 'after', MESSAGE),
  event(rpc.NV_VGPU_MSG_EVENT_POST_EVENT, rpc.rpc_post_event_v17_00),
  event(rpc.NV_VGPU_MSG_EVENT_RC_TRIGGERED, rpc.rpc_rc_triggered_v17_02),
  event(rpc.NV_VGPU_MSG_EVENT_OS_ERROR_LOG, rpc.rpc_os_error_log_v17_00),
  event(rpc.NV_VGPU_MSG_EVENT_GPUACCT_PERFMON_UTIL_SAMPLES, rpc.rpc_gpuacct_perfmon_util_samples_v17_00),
  event(rpc.NV_VGPU_MSG_EVENT_VGPU_GSP_PLUGIN_TRIGGERED, rpc.rpc_vgpu_gsp_plugin_triggered_v17_00),
  event(rpc.NV_VGPU_MSG_EVENT_VGPU_CONFIG, rpc.rpc_vgpu_config_event_v17_00),
  event(rpc.NV_VGPU_MSG_EVENT_GSP_RUN_CPU_SEQUENCER, rpc.rpc_run_cpu_sequencer_v17_00),
]

/** The members in front of the records. */
function headOf({ fields }: AnyStruct): AnyStruct['fields'] {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'vgpuInfo'))
}
