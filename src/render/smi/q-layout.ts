/**
 * The lines of `nvidia-smi -q` for one GPU, in order, as captured of 580.159.04, with the two sections that only a vGPU
 * host has. A space in front is a level. Columns: label, XML element, value, section of -d, and 580 if release 550 has
 * no such line. The label - marks a line of XML only, the element - a line of text only; ~ in front of a label: the
 * text has it only if -d selects it. A value is a text; = and a fact; 0x= and a fact that XML has without 0x; ! and a
 * text on a line of its own; an empty value, or ? and a required fact, makes a heading. * are utilisation samples, +
 * processes. Without a figure in the model the value is N/A, as on a board without the sensor.
 */
export const Q_LAYOUT = `
Product Name|product_name|=name
Product Brand|product_brand|=brand
Product Architecture|product_architecture|=architecture
Display Mode|display_mode|=displayMode
Display Attached|display_attached|No||580
Display Active|display_active|Disabled
Persistence Mode|persistence_mode|=persistence
Addressing Mode|addressing_mode|None
vGPU Device Capability|vgpu_device_capability|?vgpuHost
 Fractional Multi-vGPU|fractional_multiVgpu|=fractional
 Heterogeneous Time-Slice Profiles|heterogeneous_timeSlice_profile|=profiles
 Heterogeneous Time-Slice Sizes|heterogeneous_timeSlice_sizes|=sizes
MIG Mode|mig_mode
 Current|current_mig|=migMode
 Pending|pending_mig|=migMode
-|mig_devices|!None
Accounting Mode|accounting_mode|=accounting|ACCOUNTING
Accounting Mode Buffer Size|accounting_mode_buffer_size|4000|ACCOUNTING
Driver Model|driver_model
 Current|current_dm|N/A
 Pending|pending_dm|N/A
Serial Number|serial|N/A
GPU UUID|uuid|=uuid
GPU PDI|pdi|N/A||580
Minor Number|minor_number|=index
VBIOS Version|vbios_version|N/A
MultiGPU Board|multigpu_board|=multiGpuBoard
Board ID|board_id|=boardId
Board Part Number|board_part_number|N/A
GPU Part Number|gpu_part_number|N/A
FRU Part Number|gpu_fru_part_number|N/A
Platform Info|platformInfo|||580
 Chassis Serial Number|chassis_serial_number|N/A
 Slot Number|slot_number|N/A
 Tray Index|tray_index|N/A
 Host ID|host_id|N/A
 Peer Type|peer_type|N/A
 Module Id|module_id|N/A
 GPU Fabric GUID|gpu_fabric_guid|N/A
Inforom Version|inforom_version
 Image Version|img_version|N/A
 OEM Object|oem_object|N/A
 ECC Object|ecc_object|N/A
 Power Management Object|pwr_object|N/A
Inforom BBX Object Flush|inforom_bbx_flush
 Latest Timestamp|latest_timestamp|N/A
 Latest Duration|latest_duration|N/A
GPU Operation Mode|gpu_operation_mode
 Current|current_gom|N/A
 Pending|pending_gom|N/A
GPU C2C Mode|c2c_mode|N/A
GPU Virtualization Mode|gpu_virtualization_mode
 Virtualization Mode|virtualization_mode|=virtualizationMode
 Host VGPU Mode|host_vgpu_mode|=hostVgpuMode
 vGPU Heterogeneous Mode|vgpu_heterogeneous_mode|=heterogeneous
GPU Recovery Action|gpu_recovery_action|None||580
GSP Firmware Version|gsp_firmware_version|=gspFirmware|GSP_FIRMWARE_VERSION
IBMNPU|ibmnpu
 Relaxed Ordering Mode|relaxed_ordering_mode|N/A
PCI|pci
 Bus|pci_bus|0x=bus
 Device|pci_device|0x=device
 Domain|pci_domain|0x=domain
 Base Classcode|pci_base_class|0x=baseClass
 Sub Classcode|pci_sub_class|0x=subClass
 Device Id|pci_device_id|0x=deviceId
 Bus Id|pci_bus_id|=busId
 Sub System Id|pci_sub_system_id|0x=subsystemId
 GPU Link Info|pci_gpu_link_info
  PCIe Generation|pcie_gen
   Max|max_link_gen|N/A
   Current|current_link_gen|N/A
   Device Current|device_current_link_gen|N/A
   Device Max|max_device_link_gen|N/A
   Host Max|max_host_link_gen|N/A
  Link Width|link_widths
   Max|max_link_width|N/A
   Current|current_link_width|N/A
 Bridge Chip|pci_bridge_chip
  Type|bridge_chip_type|N/A
  Firmware|bridge_chip_fw|N/A
 Replays Since Reset|replay_counter|0
 Replay Number Rollovers|replay_rollover_counter|0
 Tx Throughput|tx_util|N/A
 Rx Throughput|rx_util|N/A
 Atomic Caps Outbound|atomic_caps_outbound|N/A
 Atomic Caps Inbound|atomic_caps_inbound|N/A
Fan Speed|fan_speed|N/A
Performance State|performance_state|N/A|PERFORMANCE
Clocks Event Reasons|clocks_event_reasons||PERFORMANCE
 Idle|clocks_event_reason_gpu_idle|=idle
 Applications Clocks Setting|clocks_event_reason_applications_clocks_setting|Not Active
 SW Power Cap|clocks_event_reason_sw_power_cap|Not Active
 HW Slowdown|clocks_event_reason_hw_slowdown|Not Active
  HW Thermal Slowdown|clocks_event_reason_hw_thermal_slowdown|Not Active
  HW Power Brake Slowdown|clocks_event_reason_hw_power_brake_slowdown|Not Active
 Sync Boost|clocks_event_reason_sync_boost|Not Active
 SW Thermal Slowdown|clocks_event_reason_sw_thermal_slowdown|Not Active
 Display Clock Setting|clocks_event_reason_display_clocks_setting|Not Active
Clocks Event Reasons Counters|clocks_event_reasons_counters||PERFORMANCE|580
 SW Power Capping|clocks_event_reasons_counters_sw_power_cap|0 us
 Sync Boost|clocks_event_reasons_counters_sync_boost|0 us
 SW Thermal Slowdown|clocks_event_reasons_counters_sw_therm_slowdown|0 us
 HW Thermal Slowdown|clocks_event_reasons_counters_hw_therm_slowdown|0 us
 HW Power Braking|clocks_event_reasons_counters_hw_power_brake|0 us
Sparse Operation Mode|sparse_operation_mode|Disabled||580
FB Memory Usage|fb_memory_usage||MEMORY
 Total|total|=fbTotal
 Reserved|reserved|=fbReserved
 Used|used|=fbUsed
 Free|free|=fbFree
BAR1 Memory Usage|bar1_memory_usage||MEMORY
 Total|total|=bar1Total
 Used|used|=bar1Used
 Free|free|=bar1Free
Conf Compute Protected Memory Usage|cc_protected_memory_usage||MEMORY
 Total|total|0 MiB
 Used|used|0 MiB
 Free|free|0 MiB
Compute Mode|compute_mode|=compute|COMPUTE
Utilization|utilization||UTILIZATION
 GPU|gpu_util|=useGpu
 Memory|memory_util|=useMemory
 Encoder|encoder_util|=useEncoder
 Decoder|decoder_util|=useDecoder
 JPEG|jpeg_util|=useJpeg
 OFA|ofa_util|=useOfa
*
Encoder Stats|encoder_stats||ENCODER_STATS
 Active Sessions|session_count|=encoderSessions
 Average FPS|average_fps|=encoderFps
 Average Latency|average_latency|=encoderLatency
FBC Stats|fbc_stats||FBC_STATS
 Active Sessions|session_count|=encoderSessions
 Average FPS|average_fps|=encoderFps
 Average Latency|average_latency|=encoderLatency
DRAM Encryption Mode|dram_encryption_mode|||580
 Current|current_dram_encryption|N/A
 Pending|pending_dram_encryption|N/A
ECC Mode|ecc_mode||ECC
 Current|current_ecc|=eccMode
 Pending|pending_ecc|=eccPending
ECC Errors|ecc_errors||ECC
 Volatile|volatile
  SRAM Correctable|sram_correctable|=eccCount
  SRAM Uncorrectable Parity|sram_uncorrectable_parity|=eccCount
  SRAM Uncorrectable SEC-DED|sram_uncorrectable_secded|=eccCount
  DRAM Correctable|dram_correctable|=eccCount
  DRAM Uncorrectable|dram_uncorrectable|=eccCount
 Aggregate|aggregate
  SRAM Correctable|sram_correctable|=eccCount
  SRAM Uncorrectable Parity|sram_uncorrectable_parity|=eccCount
  SRAM Uncorrectable SEC-DED|sram_uncorrectable_secded|=eccCount
  DRAM Correctable|dram_correctable|=eccCount
  DRAM Uncorrectable|dram_uncorrectable|=eccCount
  SRAM Threshold Exceeded|sram_threshold_exceeded|=eccFlag
 Aggregate Uncorrectable SRAM Sources|aggregate_uncorrectable_sram_sources
  SRAM L2|sram_l2|=eccCount
  SRAM SM|sram_sm|=eccCount
  SRAM Microcontroller|sram_microcontroller|=eccCount
  SRAM PCIE|sram_pcie|=eccCount
  SRAM Other|sram_other|=eccCount
 Channel Repair Pending|channel_repair_pending|=eccFlag||580
 TPC Repair Pending|tpc_repair_pending|=eccFlag||580
 Unrepairable Memory|unrepairable_memory|=eccFlag||580
Retired Pages|retired_pages||PAGE_RETIREMENT
 Single Bit ECC|-|N/A
 Double Bit ECC|-|N/A
 Pending Page Blacklist|-|N/A
 -|multiple_single_bit_retirement
  -|retired_count|N/A
  -|retired_pagelist|N/A
 -|double_bit_retirement
  -|retired_count|N/A
  -|retired_pagelist|N/A
 -|pending_blacklist|N/A
 -|pending_retirement|N/A
Remapped Rows|remapped_rows||ROW_REMAPPER
 Correctable Error|remapped_row_corr|0
 Inactive Correctable Error|remapped_row_corr_inactive|0||580
 Uncorrectable Error|remapped_row_unc|0
 Inactive Uncorrectable Error|remapped_row_unc_inactive|0||580
 Pending|remapped_row_pending|No
 Remapping Failure Occurred|remapped_row_failure|No
 Bank Remap Availability Histogram|row_remapper_histogram
  Max|row_remapper_histogram_max|N/A
  High|row_remapper_histogram_high|N/A
  Partial|row_remapper_histogram_partial|N/A
  Low|row_remapper_histogram_low|N/A
  None|row_remapper_histogram_none|N/A
Temperature|temperature||TEMPERATURE
 GPU Current Temp|gpu_temp|N/A
 GPU T.Limit Temp|gpu_temp_tlimit|N/A
 GPU Shutdown T.Limit Temp|gpu_temp_max_tlimit_threshold|N/A
 GPU Slowdown T.Limit Temp|gpu_temp_slow_tlimit_threshold|N/A
 GPU Max Operating T.Limit Temp|gpu_temp_max_gpu_tlimit_threshold|N/A
 GPU Target Temperature|gpu_target_temperature|N/A
 Memory Current Temp|memory_temp|N/A
 Memory Max Operating T.Limit Temp|gpu_temp_max_mem_tlimit_threshold|N/A
-|supported_gpu_target_temp
 -|gpu_target_temp_min|N/A
 -|gpu_target_temp_max|N/A
GPU Power Readings|gpu_power_readings||POWER
 -|power_state|N/A
 Average Power Draw|average_power_draw|N/A
 Instantaneous Power Draw|instant_power_draw|N/A
 Current Power Limit|current_power_limit|=powerLimit
 Requested Power Limit|requested_power_limit|=powerLimit
 Default Power Limit|default_power_limit|=powerLimit
 Min Power Limit|min_power_limit|N/A
 Max Power Limit|max_power_limit|=powerLimit
GPU Memory Power Readings |gpu_memory_power_readings||POWER
 Average Power Draw|average_power_draw|N/A
 Instantaneous Power Draw|instant_power_draw|N/A||580
Module Power Readings|module_power_readings||POWER
 -|power_state|N/A
 Average Power Draw|average_power_draw|N/A
 Instantaneous Power Draw|instant_power_draw|N/A
 Current Power Limit|current_power_limit|N/A
 Requested Power Limit|requested_power_limit|N/A
 Default Power Limit|default_power_limit|N/A
 Min Power Limit|min_power_limit|N/A
 Max Power Limit|max_power_limit|N/A
Power Smoothing|power_smoothing|N/A|POWER_SMOOTHING|580
Workload Power Profiles|power_profiles||POWER_PROFILES|580
 Requested Profiles|power_profile_requested_profiles|N/A
 Enforced Profiles|power_profile_enforced_profiles|N/A
Clocks|clocks||CLOCK
 Graphics|graphics_clock|N/A
 SM|sm_clock|N/A
 Memory|mem_clock|N/A
 Video|video_clock|N/A
Applications Clocks|applications_clocks||CLOCK
 Graphics|graphics_clock|N/A
 Memory|mem_clock|N/A
Default Applications Clocks|default_applications_clocks||CLOCK
 Graphics|graphics_clock|N/A
 Memory|mem_clock|N/A
Deferred Clocks|deferred_clocks||CLOCK
 Memory|mem_clock|N/A
Max Clocks|max_clocks||CLOCK
 Graphics|graphics_clock|N/A
 SM|sm_clock|N/A
 Memory|mem_clock|N/A
 Video|video_clock|N/A
Max Customer Boost Clocks|max_customer_boost_clocks||CLOCK
 Graphics|graphics_clock|N/A
Clock Policy|clock_policy||CLOCK
 Auto Boost|auto_boost|N/A
 Auto Boost Default|auto_boost_default|N/A
Fabric|fabric
 State|state|N/A
 Status|status|N/A
 CliqueId|cliqueId|N/A
 ClusterUUID|clusterUuid|N/A
 Health|health|||580
  Summary|summary|N/A
  Bandwidth|bandwidth|N/A
  Route Recovery in progress|route_recovery_in_progress|N/A
  Route Unhealthy|route_unhealthy|N/A
  Access Timeout Recovery|access_timeout_recovery|N/A
  Incorrect Configuration|incorrect_configuration|N/A
  Partition Assigned|partition_assigned|N/A
~Supported Clocks|supported_clocks|N/A|SUPPORTED_CLOCKS
~Voltage|-||VOLTAGE
 Graphics|-|N/A
+
-|accounted_processes
Capabilities|capabilities|||580
 EGM|egm|disabled
`

/** Words of -d (nvidia-smi(1)). */
export const Q_PARTS: readonly string[] = [
  'MEMORY',
  'UTILIZATION',
  'ECC',
  'TEMPERATURE',
  'POWER',
  'CLOCK',
  'COMPUTE',
  'PIDS',
  'PERFORMANCE',
  'SUPPORTED_CLOCKS',
  'PAGE_RETIREMENT',
  'ACCOUNTING',
  'ENCODER_STATS',
  'SUPPORTED_GPU_TARGET_TEMP',
  'VOLTAGE',
  'FBC_STATS',
  'ROW_REMAPPER',
  'GSP_FIRMWARE_VERSION',
  'POWER_SMOOTHING',
  'POWER_PROFILES',
]
