import { struct, union } from './compound.ts'
import { array, bytes } from './elements.ts'
import { namesOf } from './names.ts'
import { bool8, bool32, u8, u32, u64 } from './scalars.ts'

// The mailbox between host and plugin task: regions of the vGPU's management heap, offsets from its start.
export const VGPU_CPU_GSP_CTRL_BUFF_OFFSET = 0x0
export const VGPU_CPU_GSP_CTRL_BUFF_REGION_SIZE = 0x1000
export const VGPU_CPU_GSP_RESPONSE_BUFF_OFFSET = 0x1000
export const VGPU_CPU_GSP_RESPONSE_BUFF_REGION_SIZE = 0x1000
export const VGPU_CPU_GSP_MESSAGE_BUFF_OFFSET = 0x2000
export const VGPU_CPU_GSP_MESSAGE_BUFF_REGION_SIZE = 0x1000
export const VGPU_CPU_GSP_MIGRATION_BUFF_OFFSET = 0x3000
export const VGPU_CPU_GSP_MIGRATION_BUFF_REGION_SIZE = 0x200000
export const VGPU_CPU_GSP_ERROR_BUFF_OFFSET = 0x203000
export const VGPU_CPU_GSP_ERROR_BUFF_REGION_SIZE = 0x1000
export const VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_OFFSET = 0x204000
export const VGPU_CPU_GSP_INIT_TASK_LOG_BUFF_REGION_SIZE = 0x20000
export const VGPU_CPU_GSP_VGPU_TASK_LOG_BUFF_OFFSET = 0x224000
/** the header's size; the 2024 series uses half of it and passes that size in the bootload */
export const VGPU_CPU_GSP_VGPU_TASK_LOG_BUFF_REGION_SIZE = 0x40000
export const VGPU_CPU_GSP_COMMUNICATION_BUFF_TOTAL_SIZE = 0x264000

export const VGPU_CPU_GSP_CTRL_BUFF_VERSION = 1
/** in message_seq_num of the control region: the plugin task is up */
export const GSP_PLUGIN_BOOTLOADED = 0x4e65_4a6f

export const NV_VGPU_HOST_CPU_ARCH_AARCH64 = 1
export const NV_VGPU_HOST_CPU_ARCH_X86_64 = 2

// The part of vmioplugin.h that the series carries.
export const VMIOPD_MAX_INSTANCES = 16
export const VMIOPD_MAX_HEADS = 4
export const VM_UUID_SIZE = 16
export const MAX_VGPU_DEVICES_PER_VM = 16
export const INVALID_VGPU_DEV_INST = 0xffff_ffff

/** nominal waits, microseconds: for the boot magic and for the answer to a message */
export const PLUGIN_BOOT_TIMEOUT_US = 10_000_000
export const PLUGIN_RPC_TIMEOUT_US = 120_000_000

export const NV_VGPU_CPU_RPC_MSG_VERSION_NEGOTIATION = 1
export const NV_VGPU_CPU_RPC_MSG_SETUP_CONFIG_PARAMS_AND_INIT = 2
export const NV_VGPU_CPU_RPC_MSG_RESET = 3
export const NV_VGPU_CPU_RPC_MSG_MIGRATION_STOP_WORK = 4
export const NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_STOP = 5
export const NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE = 6
export const NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_SAVE = 7
export const NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_STATE = 8
export const NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_DEFERRED_STATE = 9
export const NV_VGPU_CPU_RPC_MSG_MIGRATION_RESUME_WORK = 10
export const NV_VGPU_CPU_RPC_MSG_CONSOLE_VNC_STATE = 11
export const NV_VGPU_CPU_RPC_MSG_VF_BAR0_REG_ACCESS = 12
export const NV_VGPU_CPU_RPC_MSG_UPDATE_BME_STATE = 13
export const NV_VGPU_CPU_RPC_MSG_GET_GUEST_INFO = 14
export const NV_VGPU_CPU_RPC_MSG_MAX = 15

const MESSAGE_NAMES = namesOf({
  NV_VGPU_CPU_RPC_MSG_VERSION_NEGOTIATION,
  NV_VGPU_CPU_RPC_MSG_SETUP_CONFIG_PARAMS_AND_INIT,
  NV_VGPU_CPU_RPC_MSG_RESET,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_STOP_WORK,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_STOP,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_SAVE_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_CANCEL_SAVE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESTORE_DEFERRED_STATE,
  NV_VGPU_CPU_RPC_MSG_MIGRATION_RESUME_WORK,
  NV_VGPU_CPU_RPC_MSG_CONSOLE_VNC_STATE,
  NV_VGPU_CPU_RPC_MSG_VF_BAR0_REG_ACCESS,
  NV_VGPU_CPU_RPC_MSG_UPDATE_BME_STATE,
  NV_VGPU_CPU_RPC_MSG_GET_GUEST_INFO,
})

/** The name of a host message without its common prefix, `UPDATE_BME_STATE`; `MESSAGE 0x…` for an unknown number. */
export function cpuRpcMessageName(type: number): string {
  return MESSAGE_NAMES().get(type)?.slice('NV_VGPU_CPU_RPC_MSG_'.length) ?? `MESSAGE 0x${type.toString(16)}`
}

// The doorbell: a register of the PF's BAR0, in the interrupt control area of virtual functions.
export const NV_VIRTUAL_FUNCTION_PRIV_BASE = 0xb80000
export const NV_VF_DOORBELL_OFFSET = NV_VIRTUAL_FUNCTION_PRIV_BASE + 0x2200
/** vectors of each gfid, and the one of them that means "host to plugin" */
export const NV_VF_VECTORS_PER_GFID = 32
export const NV_VF_PLUGIN_VECTOR = 17

/** The doorbell value that wakes the plugin task of `gfid`. */
export function doorbellValue(gfid: number): number {
  return gfid * NV_VF_VECTORS_PER_GFID + NV_VF_PLUGIN_VECTOR
}

/** The gfid whose plugin task a doorbell value wakes, or `null` if it wakes none. */
export function doorbellGfid(value: number): number | null {
  const gfid = Math.floor(value / NV_VF_VECTORS_PER_GFID)
  return value === doorbellValue(gfid) && gfid > 0 ? gfid : null
}

/** Message VERSION_NEGOTIATION. The series sends it without a payload. */
export const NV_VGPU_CPU_RPC_DATA_VERSION_NEGOTIATION = struct('NV_VGPU_CPU_RPC_DATA_VERSION_NEGOTIATION', () => ({
  version_cpu: u32,
  version_negotiated: u32,
}))

/** Message SETUP_CONFIG_PARAMS_AND_INIT. */
export const NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS = struct('NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS', () => ({
  vgpu_uuid: bytes(VM_UUID_SIZE),
  /** routing id of the VF */
  dbdf: u32,
  driver_vm_vf_dbdf: u32,
  /** client handle of the vGPU */
  vgpu_device_instance_id: u32,
  vgpu_type: u32,
  vm_pid: u32,
  /** MIG instance; 0 without MIG */
  swizz_id: u32,
  num_channels: u32,
  num_plugin_channels: u32,
  vmm_cap: u32,
  migration_feature: u32,
  /** 4: KVM */
  hypervisor_type: u32,
  /** NV_VGPU_HOST_CPU_ARCH_* */
  host_cpu_arch: u32,
  /** bytes */
  host_page_size: u64,
  rev1: array(bool8, 2),
  enable_uvm: bool8,
  linux_interrupt_optimization: bool8,
  vmm_migration_supported: bool8,
  rev2: bool8,
  enable_console_vnc: bool8,
  use_non_stall_linux_events: bool8,
  rev3: u32,
}))

/** Message UPDATE_BME_STATE: bus mastering of the VF was switched. */
export const NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE = struct('NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE', () => ({
  enable: bool8,
  allowed: bool8,
}))

/** The surface that one head of the vGPU shows, for a remote console. */
export const VGPU_CPU_GSP_DISPLAYLESS_SURFACE = struct('VGPU_CPU_GSP_DISPLAYLESS_SURFACE', () => ({
  sequence_update_start: u64,
  sequence_update_end: u64,
  effective_fb_page_size: u32,
  rect_width: u32,
  rect_height: u32,
  surface_width: u32,
  surface_height: u32,
  surface_size: u32,
  surface_offset: u32,
  surface_format: u32,
  surface_kind: u32,
  surface_pitch: u32,
  surface_type: u32,
  surface_block_height: u8,
  is_blanking_enabled: bool32,
  is_flip_pending: bool32,
  is_free_pending: bool32,
  is_memory_blocklinear: bool32,
}))

/** A vGPU of the same VM. The structure is unnamed in NVIDIA's header. */
const VGPU_HOST_INFO = struct('host_info', () => ({
  vgpu_type_id: u32,
  host_gpu_pci_id: u32,
  pci_dev_id: u32,
  vgpu_uuid: bytes(VM_UUID_SIZE),
}))

/** Control region. The host writes it, except for the boot magic. */
export const VGPU_CPU_GSP_CTRL_BUFF_REGION = struct(
  'VGPU_CPU_GSP_CTRL_BUFF_REGION',
  () => ({
    /** VGPU_CPU_GSP_CTRL_BUFF_VERSION */
    version: u32,
    message_type: u32,
    /** GSP_PLUGIN_BOOTLOADED from the plugin once, then 1, 2, 3 … from the host */
    message_seq_num: u32,
    response_buff_offset: u64,
    message_buff_offset: u64,
    migration_buff_offset: u64,
    error_buff_offset: u64,
    /** the host's position in the migration region */
    migration_buf_cpu_access_offset: u32,
    is_migration_in_progress: bool8,
    /** the host's index in the error ring */
    error_buff_cpu_get_idx: u32,
    /** vGPUs of the same VM */
    attached_vgpu_count: u32,
    host_info: array(VGPU_HOST_INFO, MAX_VGPU_DEVICES_PER_VM),
  }),
  { version: { buf: bytes(VGPU_CPU_GSP_CTRL_BUFF_REGION_SIZE) } },
)

/** Response region. The plugin writes it. */
export const VGPU_CPU_GSP_RESPONSE_BUFF_REGION = struct(
  'VGPU_CPU_GSP_RESPONSE_BUFF_REGION',
  () => ({
    /** sequence number of the answered request */
    message_seq_num_processed: u32,
    /** 0 is success */
    result_code: u32,
    guest_rpc_version: u32,
    migration_buf_gsp_access_offset: u32,
    migration_state_save_complete: u32,
    surface: array(VGPU_CPU_GSP_DISPLAYLESS_SURFACE, VMIOPD_MAX_HEADS),
    /** the plugin's index in the error ring */
    error_buff_gsp_put_idx: u32,
    grid_license_state: u32,
  }),
  { message_seq_num_processed: { buf: bytes(VGPU_CPU_GSP_RESPONSE_BUFF_REGION_SIZE) } },
)

/** Message region: the request, which the answer overwrites. */
export const VGPU_CPU_GSP_MSG_BUFF_REGION = union('VGPU_CPU_GSP_MSG_BUFF_REGION', {
  buf: bytes(VGPU_CPU_GSP_MESSAGE_BUFF_REGION_SIZE),
  version_data: NV_VGPU_CPU_RPC_DATA_VERSION_NEGOTIATION,
  config_data: NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS,
  bme_state: NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE,
})
