import { struct } from './compound.ts'
import {
  NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
  NV2080_CTRL_GR_ROUTE_INFO,
  NV2080_CTRL_MAX_VMMU_SEGMENTS,
} from './ctrl2080.ts'
import { array, bytes, text } from './elements.ts'
import { bigU64, bool8, u8, u16, u32, u64 } from './scalars.ts'
import { VGPU_CPU_GSP_RESPONSE_BUFF_REGION_SIZE, VM_UUID_SIZE, VMIOPD_MAX_HEADS } from './vgpu-gsp.ts'

// Layouts of the 570 firmware in the form the 2025 re-post uses. The simulation speaks 535; these only decode 570 data.

export const V2_GPU_MAX_ENGINES = 84

// The mailbox of 570 continues behind the vGPU task log.
export const V2_KERNEL_LOG_BUFF_OFFSET = 0x264000
export const V2_KERNEL_LOG_BUFF_REGION_SIZE = 0x10000
export const V2_COMMUNICATION_BUFF_TOTAL_SIZE = 0x274000

export const V2_BOOTLOAD_PARAMS = struct('V2_BOOTLOAD_PARAMS', () => ({
  dbdf: u32,
  gfid: u32,
  vgpuType: u32,
  vmPid: u32,
  swizzId: u32,
  numChannels: u32,
  numPluginChannels: u32,
  chidOffset: array(u32, V2_GPU_MAX_ENGINES),
  bDisableDefaultSmcExecPartRestore: bool8,
  numGuestFbSegments: u32,
  guestFbPhysAddrList: array(u64, NV2080_CTRL_MAX_VMMU_SEGMENTS),
  guestFbLengthList: array(u64, NV2080_CTRL_MAX_VMMU_SEGMENTS),
  pluginHeapMemoryPhysAddr: u64,
  pluginHeapMemoryLength: u64,
  ctrlBuffOffset: u64,
  initTaskLogBuffOffset: u64,
  initTaskLogBuffSize: u64,
  vgpuTaskLogBuffOffset: u64,
  vgpuTaskLogBuffSize: u64,
  kernelLogBuffOffset: u64,
  kernelLogBuffSize: u64,
  migRmHeapMemoryPhysAddr: u64,
  migRmHeapMemoryLength: u64,
  bDeviceProfilingEnabled: bool8,
}))

export const V2_COPY_CONFIG_PARAMS = struct('V2_COPY_CONFIG_PARAMS', () => ({
  vgpu_uuid: bytes(VM_UUID_SIZE),
  dbdf: u32,
  driver_vm_vf_dbdf: u32,
  vgpu_device_instance_id: u32,
  vgpu_type: u32,
  vm_pid: u32,
  swizz_id: u32,
  num_channels: u32,
  num_plugin_channels: u32,
  vmm_cap: u32,
  migration_feature: u32,
  hypervisor_type: u32,
  host_cpu_arch: u32,
  host_page_size: u64,
  rev1: array(bool8, 3),
  enable_uvm: bool8,
  linux_interrupt_optimization: bool8,
  vmm_migration_supported: bool8,
  rev2: bool8,
  enable_console_vnc: bool8,
  use_non_stall_linux_events: bool8,
  rev3: array(bool8, 3),
  placement_id: u16,
  rev4: u32,
  channel_usage_threshold_percentage: u32,
  rev5: bool8,
  rev6: u32,
  rev7: bool8,
}))

export const V2_DISPLAYLESS_SURFACE = struct('V2_DISPLAYLESS_SURFACE', () => ({
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
  is_blanking_enabled: bool8,
  is_flip_pending: bool8,
  is_free_pending: bool8,
  is_memory_blocklinear: bool8,
}))

export const V2_RESPONSE_BUFF_REGION = struct(
  'V2_RESPONSE_BUFF_REGION',
  () => ({
    message_seq_num_received: u32,
    message_seq_num_processed: u32,
    result_code: u32,
    guest_rpc_version: u32,
    migration_buf_gsp_access_offset: u32,
    migration_state_save_complete: u32,
    surface: array(V2_DISPLAYLESS_SURFACE, VMIOPD_MAX_HEADS),
    error_buff_gsp_put_idx: u32,
    grid_license_state: u32,
    guest_os_type: u32,
    frl_config: u32,
  }),
  { message_seq_num_received: { buf: bytes(VGPU_CPU_GSP_RESPONSE_BUFF_REGION_SIZE) } },
)

export const V2_ECC_UNIT_STATUS = struct('V2_ECC_UNIT_STATUS', () => ({
  enabled: bool8,
  scrubComplete: bool8,
  supported: bool8,
  dbe: NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
  dbeNonResettable: NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
  sbe: NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
  sbeNonResettable: NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS,
}))

export const V2_QUERY_ECC_STATUS_PARAMS = struct('V2_QUERY_ECC_STATUS_PARAMS', () => ({
  units: array(V2_ECC_UNIT_STATUS, 36),
  bFatalPoisonError: bool8,
  uncorrectableError: u8,
  flags: u32,
  grRouteInfo: NV2080_CTRL_GR_ROUTE_INFO,
}))

export const V2_GSP_GET_FEATURES_PARAMS = struct('V2_GSP_GET_FEATURES_PARAMS', () => ({
  gspFeatures: u32,
  bValid: bool8,
  bDefaultGspRmGpu: bool8,
  firmwareVersion: text(64),
}))

/** The bytes "NVVGPUMT". */
export const V2_METADATA_IDENTIFIER = 0x544d_5550_4756_564en

/** Head of the vGPU metadata file. */
export const V2_METADATA_HDR = struct('V2_METADATA_HDR', () => ({
  identifier: bigU64,
  /** covers everything from byte 16 on, without the final inversion */
  crc32: u32,
  padding: u32,
  vgpu_major: u64,
  vgpu_minor: u64,
  vgpu_features: bytes(128),
  gsp_build_version: text(64),
  num_blobs: u64,
}))

export const V2_METADATA_BLOB_HDR = struct('V2_METADATA_BLOB_HDR', () => ({
  /** 0: a vGPU type */
  type: u64,
  size: u64,
}))

export const V2_VGPU_TYPE_BLOB_HDR = struct('V2_VGPU_TYPE_BLOB_HDR', () => ({
  device_id: u64,
  gsp_rmctrl_vgpu_info_offset: u64,
  gsp_rmctrl_vgpu_info_size: u64,
  kernel_struct_size: u64,
  num_kernel_structs: u64,
  gsp_rmctrl_cmd: u64,
  gsp_rmctrl_size: u64,
}))

export const V2_NVIDIA_VGPU_TYPE = struct('V2_NVIDIA_VGPU_TYPE', () => ({
  vgpu_type: u32,
  vgpu_type_name: text(32),
  vdev_id: u64,
  pdev_id: u64,
  fb_length: u64,
  gsp_heap_size: u64,
  bar1_length: u64,
  max_instance: u32,
  ecc_supported: u32,
  fb_reservation: u64,
}))
