/*
 * Declarations of the structures in golden-abi.json, written for this project. The V2_ names belong to GSP 570, all others
 * to GSP-RM 535.113.01; "sources" in golden-abi.json names the headers. test/abi/compiled.test.ts compiles measure.c and
 * compares every size and offset. By hand:
 *
 *   cc -o /tmp/measure test/golden/measure.c && /tmp/measure
 */
#include <stddef.h>
#include <stdint.h>

typedef uint8_t NvU8, NvBool;
typedef uint16_t NvU16;
typedef uint32_t NvU32, NvV32, NvHandle;
typedef uint64_t NvU64, NvP64, NvLength, LibosAddress, RmPhysAddr;
typedef enum { vmiop_false, vmiop_true } vmiop_bool_t;

typedef struct {
  NvU32 vgpuType;
  NvU8 vgpuName[32];
  NvU8 vgpuClass[32];
  NvU8 vgpuSignature[128];
  NvU8 license[128];
  NvU32 maxInstance;
  NvU32 numHeads;
  NvU32 maxResolutionX;
  NvU32 maxResolutionY;
  NvU32 maxPixels;
  NvU32 frlConfig;
  NvU32 cudaEnabled;
  NvU32 eccSupported;
  NvU32 gpuInstanceSize;
  NvU32 multiVgpuSupported;
  NvU64 vdevId;
  NvU64 pdevId;
  NvU64 profileSize;
  NvU64 fbLength;
  NvU64 gspHeapSize;
  NvU64 fbReservation;
  NvU64 mappableVideoSize;
  NvU32 encoderCapacity;
  NvU64 bar1Length;
  NvU32 frlEnable;
  NvU8 adapterName[64];
  NvU16 adapterName_Unicode[64];
  NvU8 shortGpuNameString[64];
  NvU8 licensedProductName[128];
  NvU32 vgpuExtraParams[1024];
  NvU32 ftraceEnable;
  NvU32 gpuDirectSupported;
  NvU32 nvlinkP2PSupported;
  NvU32 multiVgpuExclusive;
  NvU32 exclusiveType;
  NvU32 exclusiveSize;
  NvU32 gpuInstanceProfileId;
} NVA081_CTRL_VGPU_INFO;

typedef struct {
  NvBool discardVgpuTypes;
  NVA081_CTRL_VGPU_INFO vgpuInfo;
  NvU32 vgpuConfigState;
} NVA081_CTRL_VGPU_CONFIG_INFO_PARAMS;

typedef struct {
  NvU32 dbdf;
  NvU32 gfid;
  NvU32 vgpuType;
  NvU32 vmPid;
  NvU32 swizzId;
  NvU32 numChannels;
  NvU32 numPluginChannels;
  NvU32 chidOffset[62];
  NvBool bDisableDefaultSmcExecPartRestore;
  NvU32 numGuestFbSegments;
  NvU64 guestFbPhysAddrList[384];
  NvU64 guestFbLengthList[384];
  NvU64 pluginHeapMemoryPhysAddr;
  NvU64 pluginHeapMemoryLength;
  NvU64 ctrlBuffOffset;
  NvU64 initTaskLogBuffOffset;
  NvU64 initTaskLogBuffSize;
  NvU64 vgpuTaskLogBuffOffset;
  NvU64 vgpuTaskLogBuffSize;
  NvBool bDeviceProfilingEnabled;
} NV2080_CTRL_VGPU_MGR_INTERNAL_BOOTLOAD_GSP_VGPU_PLUGIN_TASK_PARAMS;

typedef struct {
  NvU32 gfid;
} NV2080_CTRL_VGPU_MGR_INTERNAL_SHUTDOWN_GSP_VGPU_PLUGIN_TASK_PARAMS;

typedef struct {
  NvBool discardVgpuTypes;
  NvU32 vgpuInfoCount;
  NVA081_CTRL_VGPU_INFO vgpuInfo[64];
} NV2080_CTRL_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE_PARAMS;

typedef struct {
  NvU32 gfid;
} NV2080_CTRL_VGPU_MGR_INTERNAL_VGPU_PLUGIN_CLEANUP_PARAMS;

typedef enum { GUEST_VM_INFO_STATE_UNINITIALIZED, GUEST_VM_INFO_STATE_INITIALIZED } GUEST_VM_INFO_STATE;

typedef struct {
  NvU32 vmPid;
  NvU32 guestOs;
  NvU32 migrationProhibited;
  NvU32 guestNegotiatedVgpuVersion;
  NvU32 frameRateLimit;
  NvBool licensed;
  NvU32 licenseState;
  NvU32 licenseExpiryTimestamp;
  NvU8 licenseExpiryStatus;
  NvU8 guestDriverVersion[32];
  NvU8 guestDriverBranch[32];
  GUEST_VM_INFO_STATE guestVmInfoState;
} NV2080_GUEST_VM_INFO;

typedef struct {
  NvU32 gfid;
  NvU64 vgpuPciId;
  NvU32 vgpuDeviceInstanceId;
  NvU64 fbUsed;
  NvU32 encoderCapacity;
  NvU32 eccState;
  NvBool bDriverLoaded;
} NV2080_HOST_VGPU_DEVICE;

typedef struct {
  NV2080_GUEST_VM_INFO guestVmInfo;
  NV2080_HOST_VGPU_DEVICE vgpuDevice;
} NV2080_VGPU_GUEST;

typedef struct {
  NvU32 numVgpu;
  NV2080_VGPU_GUEST vgpuGuest[32];
} NV2080_CTRL_VGPU_MGR_INTERNAL_ENUMERATE_VGPU_PER_PGPU_PARAMS;

typedef struct {
  NvU32 gfid;
} NV2080_CTRL_VGPU_MGR_INTERNAL_CLEAR_GUEST_VM_INFO_PARAMS;

typedef struct {
  NvU32 gfid;
  NvU64 fbUsed;
} NV2080_VGPU_FB_USAGE;

typedef struct {
  NvU32 vgpuCount;
  NV2080_VGPU_FB_USAGE vgpuFbUsage[32];
} NV2080_CTRL_VGPU_MGR_INTERNAL_GET_VGPU_FB_USAGE_PARAMS;

typedef struct {
  NvU32 gfid;
  NvU32 encoderCapacity;
} NV2080_CTRL_VGPU_MGR_INTERNAL_SET_VGPU_ENCODER_CAPACITY_PARAMS;

typedef struct {
  NvU8 pgpuString[256];
  NvU32 pgpuStringSize;
} NV2080_CTRL_VGPU_MGR_INTERNAL_GET_PGPU_FS_ENCODING_PARAMS;

typedef struct {
  NvBool bIsMigrationSupported;
} NV2080_CTRL_VGPU_MGR_INTERNAL_GET_PGPU_MIGRATION_SUPPORT_PARAMS;

typedef struct {
  NvBool bSupportHeterogeneousTimeSlicedVgpuTypes;
} NV2080_CTRL_VGPU_MGR_INTERNAL_SET_VGPU_MGR_CONFIG_PARAMS;

typedef struct {
  NvU64 vmmuSegmentSize;
} NV2080_CTRL_GPU_GET_VMMU_SEGMENT_SIZE_PARAMS;

typedef struct { NvU64 count; } NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS;

typedef struct {
  NvBool enabled;
  NvBool scrubComplete;
  NvBool supported;
  NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS dbe;
  NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS dbeNonResettable;
  NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS sbe;
  NV2080_CTRL_GPU_QUERY_ECC_EXCEPTION_STATUS sbeNonResettable;
} NV2080_CTRL_GPU_QUERY_ECC_UNIT_STATUS;

typedef struct { NvU32 flags; NvU64 route; } NV2080_CTRL_GR_ROUTE_INFO;

typedef struct {
  NV2080_CTRL_GPU_QUERY_ECC_UNIT_STATUS units[24];
  NvBool bFatalPoisonError;
  NvU8 uncorrectableError;
  NvU32 flags;
  NV2080_CTRL_GR_ROUTE_INFO grRouteInfo;
} NV2080_CTRL_GPU_QUERY_ECC_STATUS_PARAMS;

typedef struct {
  NvU32 gspFeatures;
  NvBool bValid;
  NvBool bDefaultGspRmGpu;
  NvU8 firmwareVersion[64];
} NV2080_CTRL_GSP_GET_FEATURES_PARAMS;

typedef struct {
  NvU32 event;
  NvU32 action;
  NvBool bNotifyState;
  NvU32 info32;
  NvU16 info16;
} NV2080_CTRL_EVENT_SET_NOTIFICATION_PARAMS;

typedef struct {
  NvU32 engineData[16];
  NvU32 pbdmaIds[2];
  NvU32 pbdmaFaultIds[2];
  NvU32 numPbdmas;
  char engineName[16];
} NV2080_CTRL_FIFO_DEVICE_ENTRY;

typedef struct {
  NvU32 baseIndex;
  NvU32 numEntries;
  NvBool bMore;
  NV2080_CTRL_FIFO_DEVICE_ENTRY entries[32];
} NV2080_CTRL_FIFO_GET_DEVICE_INFO_TABLE_PARAMS;

typedef struct {
  NvHandle hClient;
  NvU32 processID;
  char processName[100];
} NV0000_ALLOC_PARAMETERS;

typedef struct {
  NvU32 deviceId;
  NvHandle hClientShare;
  NvHandle hTargetClient;
  NvHandle hTargetDevice;
  NvV32 flags;
  NvU64 vaSpaceSize;
  NvU64 vaStartInternal;
  NvU64 vaLimitInternal;
  NvV32 vaMode;
} NV0080_ALLOC_PARAMETERS;

typedef struct {
  NvU32 subDeviceId;
} NV2080_ALLOC_PARAMETERS;

typedef struct {
  NvHandle hParentClient;
  NvHandle hSrcResource;
  NvV32 hClass;
  NvV32 notifyIndex;
  NvP64 data;
} NV0005_ALLOC_PARAMETERS;

typedef struct {
  NvU32 totalVFs;
  NvU32 firstVFOffset;
  NvU64 FirstVFBar0Address;
  NvU64 FirstVFBar1Address;
  NvU64 FirstVFBar2Address;
  NvBool b64bitBar0;
  NvBool b64bitBar1;
  NvBool b64bitBar2;
} GSP_VF_INFO;

typedef struct {
  NvU16 deviceID;
  NvU16 vendorID;
  NvU16 subdeviceID;
  NvU16 subvendorID;
  NvU8 revisionID;
} BUSINFO;

typedef struct { NvU32 status, acpiIdListLen; NvU32 acpiIdList[16]; } DOD_METHOD_DATA;

typedef struct { NvU32 status, jtCaps; NvU16 jtRevId; NvBool bSBIOSCaps; } JT_METHOD_DATA;

typedef struct { NvU32 tableLen; struct { NvU32 acpiId, mode, status; } acpiIdMuxModeTable[16], acpiIdMuxPartTable[16]; } MUX_METHOD_DATA;

typedef struct { NvU32 status, optimusCaps; } CAPS_METHOD_DATA;

typedef struct {
  NvBool bValid;
  DOD_METHOD_DATA dodMethodData;
  JT_METHOD_DATA jtMethodData;
  MUX_METHOD_DATA muxMethodData;
  CAPS_METHOD_DATA capsMethodData;
} ACPI_METHOD_DATA;

typedef struct {
  NvU64 gpuPhysAddr;
  NvU64 gpuPhysFbAddr;
  NvU64 gpuPhysInstAddr;
  NvU64 nvDomainBusDeviceFunc;
  NvU64 simAccessBufPhysAddr;
  NvU64 pcieAtomicsOpMask;
  NvU64 consoleMemSize;
  NvU64 maxUserVa;
  NvU32 pciConfigMirrorBase;
  NvU32 pciConfigMirrorSize;
  NvU8 oorArch;
  NvU64 clPdbProperties;
  NvU32 Chipset;
  NvBool bGpuBehindBridge;
  NvBool bMnocAvailable;
  NvBool bUpstreamL0sUnsupported;
  NvBool bUpstreamL1Unsupported;
  NvBool bUpstreamL1PorSupported;
  NvBool bUpstreamL1PorMobileOnly;
  NvU8 upstreamAddressValid;
  BUSINFO FHBBusInfo;
  BUSINFO chipsetIDInfo;
  ACPI_METHOD_DATA acpiMethodData;
  NvU32 hypervisorType;
  NvBool bIsPassthru;
  NvU64 sysTimerOffsetNs;
  GSP_VF_INFO gspVFInfo;
} GspSystemInfo;

typedef struct {
  NvU64 magic;
  NvU64 revision;
  NvU64 sysmemAddrOfRadix3Elf;
  NvU64 sizeOfRadix3Elf;
  NvU64 sysmemAddrOfBootloader;
  NvU64 sizeOfBootloader;
  NvU64 bootloaderCodeOffset;
  NvU64 bootloaderDataOffset;
  NvU64 bootloaderManifestOffset;
  union {
    struct { NvU64 sysmemAddrOfSignature; NvU64 sizeOfSignature; };
    struct { NvU32 gspFwHeapFreeListWprOffset; NvU32 unused0; NvU64 unused1; };
  };
  NvU64 gspFwRsvdStart;
  NvU64 nonWprHeapOffset;
  NvU64 nonWprHeapSize;
  NvU64 gspFwWprStart;
  NvU64 gspFwHeapOffset;
  NvU64 gspFwHeapSize;
  NvU64 gspFwOffset;
  NvU64 bootBinOffset;
  NvU64 frtsOffset;
  NvU64 frtsSize;
  NvU64 gspFwWprEnd;
  NvU64 fbSize;
  NvU64 vgaWorkspaceOffset;
  NvU64 vgaWorkspaceSize;
  NvU64 bootCount;
  union {
    struct {
      NvU64 partitionRpcAddr; NvU16 partitionRpcRequestOffset; NvU16 partitionRpcReplyOffset;
      NvU32 elfCodeOffset; NvU32 elfDataOffset; NvU32 elfCodeSize; NvU32 elfDataSize; NvU32 lsUcodeVersion;
    };
    struct {
      NvU32 partitionRpcPadding[4]; NvU64 sysmemAddrOfCrashReportQueue; NvU32 sizeOfCrashReportQueue; NvU32 lsUcodeVersionPadding[1];
    };
  };
  NvU8 gspFwHeapVfPartitionCount;
  NvU8 padding[7];
  NvU64 verified;
} GspFwWprMeta;

typedef struct {
  NvU64 magic;
  NvU64 revision;
  NvU64 sysmemAddrOfSuspendResumeData;
  NvU64 sizeOfSuspendResumeData;
  NvU8 hmac[32];
  NvU8 wprMetaHash[32];
  NvU8 heapFreeListHash[32];
  NvU8 dataHash[32];
  NvU32 padding[24];
} GspFwSRMeta;

typedef struct {
  LibosAddress id8;
  LibosAddress pa;
  LibosAddress size;
  NvU8 kind;
  NvU8 loc;
} LibosMemoryRegionInitArgument;

typedef struct {
  RmPhysAddr sharedMemPhysAddr;
  NvU32 pageTableEntryCount;
  NvLength cmdQueueOffset;
  NvLength statQueueOffset;
  NvLength locklessCmdQueueOffset;
  NvLength locklessStatQueueOffset;
} MESSAGE_QUEUE_INIT_ARGUMENTS;

typedef struct {
  NvU32 oldLevel;
  NvU32 flags;
  NvBool bInPMTransition;
} GSP_SR_INIT_ARGUMENTS;

typedef struct {
  MESSAGE_QUEUE_INIT_ARGUMENTS messageQueueInitArguments;
  GSP_SR_INIT_ARGUMENTS srInitArguments;
  NvU32 gpuInstance;
  struct { NvU64 pa, size; } profilerArgs;
} GSP_ARGUMENTS_CACHED;

typedef struct {
  NvU32 nameOffset;
  NvU8 type;
  NvU32 data;
  NvU32 length;
} PACKED_REGISTRY_ENTRY;

typedef struct {
  NvU32 size;
  NvU32 numEntries;
  PACKED_REGISTRY_ENTRY entries[0];
} PACKED_REGISTRY_TABLE;

typedef struct {
  NvU32 version;
  NvU32 size;
  NvU32 msgSize;
  NvU32 msgCount;
  NvU32 writePtr;
  NvU32 flags;
  NvU32 rxHdrOff;
  NvU32 entryOff;
} msgqTxHeader;

typedef struct {
  NvU32 readPtr;
} msgqRxHeader;

typedef union { NvU32 spare; NvU32 cpuRmGfid; } rpc_message_rpc_union_field_v;

typedef struct {
  NvU32 header_version;
  NvU32 signature;
  NvU32 length;
  NvU32 function;
  NvU32 rpc_result;
  NvU32 rpc_result_private;
  NvU32 sequence;
  rpc_message_rpc_union_field_v u;
  NvU8 rpc_message_data[];
} rpc_message_header_v03_00;

typedef struct {
  NvU8 authTagBuffer[16];
  NvU8 aadBuffer[16];
  NvU32 checkSum;
  NvU32 seqNum;
  NvU32 elemCount;
  _Alignas(8) rpc_message_header_v03_00 rpc;
} GSP_MSG_QUEUE_ELEMENT;

typedef struct {
  NvHandle hRoot;
  NvHandle hObjectParent;
  NvHandle hObjectOld;
  NvV32 status;
} NVOS00_PARAMETERS_v03_00;

typedef struct {
  NVOS00_PARAMETERS_v03_00 params;
} rpc_free_v03_00;

typedef struct {
  NvHandle hClient;
  NvHandle hParent;
  NvHandle hObject;
  NvU32 hClass;
  NvU32 status;
  NvU32 paramsSize;
  NvU32 flags;
  NvU8 reserved[4];
  NvU8 params[];
} rpc_gsp_rm_alloc_v03_00;

typedef struct {
  NvHandle hClient;
  NvHandle hObject;
  NvU32 cmd;
  NvU32 status;
  NvU32 paramsSize;
  NvU32 flags;
  NvU8 params[];
} rpc_gsp_rm_control_v03_00;

typedef struct {
  NvBool bInPMTransition;
  NvBool bGc6Entering;
  NvU32 newLevel;
} rpc_unloading_guest_driver_v1F_07;

typedef struct {
  NvU32 bufferSizeDWord;
  NvU32 cmdIndex;
  NvU32 regSaveArea[8];
  NvU32 commandBuffer[];
} rpc_run_cpu_sequencer_v17_00;

typedef struct {
  NvHandle hClient;
  NvHandle hEvent;
  NvU32 notifyIndex;
  NvU32 data;
  NvU16 info16;
  NvU32 status;
  NvU32 eventDataSize;
  NvBool bNotifyList;
  NvU8 eventData[];
} rpc_post_event_v17_00;

typedef struct {
  NvU32 nv2080EngineType;
  NvU32 chid;
  NvU32 exceptType;
  NvU32 scope;
  NvU16 partitionAttributionId;
} rpc_rc_triggered_v17_02;

typedef struct {
  NvU32 exceptType;
  NvU32 runlistId;
  NvU32 chid;
  char errString[256];
} rpc_os_error_log_v17_00;

typedef struct {
  NvU32 util;
  NvU32 procId;
  NvU32 subProcessID;
} NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00;

typedef struct {
  NvU64 timeStamp;
  NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00 fb;
  NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00 gr;
  NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00 nvenc;
  NV2080_CTRL_PERF_GPUMON_ENGINE_UTIL_SAMPLE_v17_00 nvdec;
} NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00;

typedef struct {
  NvU8 type;
  NvU32 bufSize;
  NvU32 count;
  NvU32 tracker;
  NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00 samples[72];
} NV2080_CTRL_PERF_GET_GPUMON_PERFMON_UTIL_SAMPLES_V2_PARAMS_v17_00;

typedef struct {
  NV2080_CTRL_PERF_GET_GPUMON_PERFMON_UTIL_SAMPLES_V2_PARAMS_v17_00 params;
} rpc_gpuacct_perfmon_util_samples_v17_00;

typedef struct {
  NvU32 gfid;
  NvU32 notifyIndex;
} rpc_vgpu_gsp_plugin_triggered_v17_00;

typedef struct {
  NvU32 notifyIndex;
} rpc_vgpu_config_event_v17_00;

typedef union {
  NvU8 buf[4096];
  struct {
    NvU32 version;
    NvU32 message_type;
    NvU32 message_seq_num;
    NvU64 response_buff_offset;
    NvU64 message_buff_offset;
    NvU64 migration_buff_offset;
    NvU64 error_buff_offset;
    NvU32 migration_buf_cpu_access_offset;
    NvBool is_migration_in_progress;
    NvU32 error_buff_cpu_get_idx;
    NvU32 attached_vgpu_count;
    struct { NvU32 vgpu_type_id, host_gpu_pci_id, pci_dev_id; NvU8 vgpu_uuid[16]; } host_info[16];
  };
} VGPU_CPU_GSP_CTRL_BUFF_REGION;

typedef struct {
  NvU64 sequence_update_start;
  NvU64 sequence_update_end;
  NvU32 effective_fb_page_size;
  NvU32 rect_width;
  NvU32 rect_height;
  NvU32 surface_width;
  NvU32 surface_height;
  NvU32 surface_size;
  NvU32 surface_offset;
  NvU32 surface_format;
  NvU32 surface_kind;
  NvU32 surface_pitch;
  NvU32 surface_type;
  NvU8 surface_block_height;
  vmiop_bool_t is_blanking_enabled;
  vmiop_bool_t is_flip_pending;
  vmiop_bool_t is_free_pending;
  vmiop_bool_t is_memory_blocklinear;
} VGPU_CPU_GSP_DISPLAYLESS_SURFACE;

typedef union {
  NvU8 buf[4096];
  struct {
    NvU32 message_seq_num_processed;
    NvU32 result_code;
    NvU32 guest_rpc_version;
    NvU32 migration_buf_gsp_access_offset;
    NvU32 migration_state_save_complete;
    VGPU_CPU_GSP_DISPLAYLESS_SURFACE surface[4];
    NvU32 error_buff_gsp_put_idx;
    NvU32 grid_license_state;
  };
} VGPU_CPU_GSP_RESPONSE_BUFF_REGION;

typedef struct {
  NvU32 version_cpu;
  NvU32 version_negotiated;
} NV_VGPU_CPU_RPC_DATA_VERSION_NEGOTIATION;

typedef struct {
  NvU8 vgpu_uuid[16];
  NvU32 dbdf;
  NvU32 driver_vm_vf_dbdf;
  NvU32 vgpu_device_instance_id;
  NvU32 vgpu_type;
  NvU32 vm_pid;
  NvU32 swizz_id;
  NvU32 num_channels;
  NvU32 num_plugin_channels;
  NvU32 vmm_cap;
  NvU32 migration_feature;
  NvU32 hypervisor_type;
  NvU32 host_cpu_arch;
  NvU64 host_page_size;
  NvBool rev1[2];
  NvBool enable_uvm;
  NvBool linux_interrupt_optimization;
  NvBool vmm_migration_supported;
  NvBool rev2;
  NvBool enable_console_vnc;
  NvBool use_non_stall_linux_events;
  NvU32 rev3;
} NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS;

typedef struct {
  NvBool enable;
  NvBool allowed;
} NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE;

typedef union {
  NvU8 buf[4096];
  NV_VGPU_CPU_RPC_DATA_VERSION_NEGOTIATION version_data;
  NV_VGPU_CPU_RPC_DATA_COPY_CONFIG_PARAMS config_data;
  NV_VGPU_CPU_RPC_DATA_UPDATE_BME_STATE bme_state;
} VGPU_CPU_GSP_MSG_BUFF_REGION;

typedef union {
  NvU8 vmUuid[16];
  NvU64 vmId;
} VM_ID;

typedef struct {
  NvU32 dbdf;
  NvU32 gfid;
  NvU32 vgpuType;
  NvU32 vmPid;
  NvU32 swizzId;
  NvU32 numChannels;
  NvU32 numPluginChannels;
  NvU32 chidOffset[84];
  NvBool bDisableDefaultSmcExecPartRestore;
  NvU32 numGuestFbSegments;
  NvU64 guestFbPhysAddrList[384];
  NvU64 guestFbLengthList[384];
  NvU64 pluginHeapMemoryPhysAddr;
  NvU64 pluginHeapMemoryLength;
  NvU64 ctrlBuffOffset;
  NvU64 initTaskLogBuffOffset;
  NvU64 initTaskLogBuffSize;
  NvU64 vgpuTaskLogBuffOffset;
  NvU64 vgpuTaskLogBuffSize;
  NvU64 kernelLogBuffOffset;
  NvU64 kernelLogBuffSize;
  NvU64 migRmHeapMemoryPhysAddr;
  NvU64 migRmHeapMemoryLength;
  NvBool bDeviceProfilingEnabled;
} V2_BOOTLOAD_PARAMS;

typedef struct {
  NvU8 vgpu_uuid[16];
  NvU32 dbdf;
  NvU32 driver_vm_vf_dbdf;
  NvU32 vgpu_device_instance_id;
  NvU32 vgpu_type;
  NvU32 vm_pid;
  NvU32 swizz_id;
  NvU32 num_channels;
  NvU32 num_plugin_channels;
  NvU32 vmm_cap;
  NvU32 migration_feature;
  NvU32 hypervisor_type;
  NvU32 host_cpu_arch;
  NvU64 host_page_size;
  NvBool rev1[3];
  NvBool enable_uvm;
  NvBool linux_interrupt_optimization;
  NvBool vmm_migration_supported;
  NvBool rev2;
  NvBool enable_console_vnc;
  NvBool use_non_stall_linux_events;
  NvBool rev3[3];
  NvU16 placement_id;
  NvU32 rev4;
  NvU32 channel_usage_threshold_percentage;
  NvBool rev5;
  NvU32 rev6;
  NvBool rev7;
} V2_COPY_CONFIG_PARAMS;

typedef struct {
  NvU64 sequence_update_start;
  NvU64 sequence_update_end;
  NvU32 effective_fb_page_size;
  NvU32 rect_width;
  NvU32 rect_height;
  NvU32 surface_width;
  NvU32 surface_height;
  NvU32 surface_size;
  NvU32 surface_offset;
  NvU32 surface_format;
  NvU32 surface_kind;
  NvU32 surface_pitch;
  NvU32 surface_type;
  NvU8 surface_block_height;
  NvBool is_blanking_enabled;
  NvBool is_flip_pending;
  NvBool is_free_pending;
  NvBool is_memory_blocklinear;
} V2_DISPLAYLESS_SURFACE;

typedef union {
  NvU8 buf[4096];
  struct {
    NvU32 message_seq_num_received;
    NvU32 message_seq_num_processed;
    NvU32 result_code;
    NvU32 guest_rpc_version;
    NvU32 migration_buf_gsp_access_offset;
    NvU32 migration_state_save_complete;
    V2_DISPLAYLESS_SURFACE surface[4];
    NvU32 error_buff_gsp_put_idx;
    NvU32 grid_license_state;
    NvU32 guest_os_type;
    NvU32 frl_config;
  };
} V2_RESPONSE_BUFF_REGION;

typedef struct { NvU64 count; } V2_ECC_EXCEPTION_STATUS;

typedef struct {
  NvBool enabled;
  NvBool scrubComplete;
  NvBool supported;
  V2_ECC_EXCEPTION_STATUS dbe;
  V2_ECC_EXCEPTION_STATUS dbeNonResettable;
  V2_ECC_EXCEPTION_STATUS sbe;
  V2_ECC_EXCEPTION_STATUS sbeNonResettable;
} V2_ECC_UNIT_STATUS;

typedef struct { NvU32 flags; NvU64 route; } V2_GR_ROUTE_INFO;

typedef struct {
  V2_ECC_UNIT_STATUS units[36];
  NvBool bFatalPoisonError;
  NvU8 uncorrectableError;
  NvU32 flags;
  V2_GR_ROUTE_INFO grRouteInfo;
} V2_QUERY_ECC_STATUS_PARAMS;

typedef struct {
  NvU32 gspFeatures;
  NvBool bValid;
  NvBool bDefaultGspRmGpu;
  NvU8 firmwareVersion[64];
} V2_GSP_GET_FEATURES_PARAMS;

typedef struct {
  NvU64 identifier;
  NvU32 crc32;
  NvU32 padding;
  NvU64 vgpu_major;
  NvU64 vgpu_minor;
  NvU8 vgpu_features[128];
  NvU8 gsp_build_version[64];
  NvU64 num_blobs;
} V2_METADATA_HDR;

typedef struct {
  NvU64 type;
  NvU64 size;
} V2_METADATA_BLOB_HDR;

typedef struct {
  NvU64 device_id;
  NvU64 gsp_rmctrl_vgpu_info_offset;
  NvU64 gsp_rmctrl_vgpu_info_size;
  NvU64 kernel_struct_size;
  NvU64 num_kernel_structs;
  NvU64 gsp_rmctrl_cmd;
  NvU64 gsp_rmctrl_size;
} V2_VGPU_TYPE_BLOB_HDR;

typedef struct {
  NvU32 vgpu_type;
  char vgpu_type_name[32];
  NvU64 vdev_id;
  NvU64 pdev_id;
  NvU64 fb_length;
  NvU64 gsp_heap_size;
  NvU64 bar1_length;
  NvU32 max_instance;
  NvU32 ecc_supported;
  NvU64 fb_reservation;
} V2_NVIDIA_VGPU_TYPE;

/* GPU and compute instances: members and names of the open headers, not of the 535 release. */

typedef struct {
  NvU32 swizzId;
} NVC637_ALLOCATION_PARAMETERS;

typedef struct {
  NvU64 lo;
  NvU64 hi;
} NV2080_CTRL_GPU_PARTITION_SPAN;

typedef struct {
  NvU32 partitioningMode;
} NV2080_CTRL_GPU_SET_PARTITIONING_MODE_PARAMS;

typedef struct {
  NvU32 swizzId;
  NvU8 uuid[16];
  NvU32 partitionFlag;
  NvBool bValid;
  NV2080_CTRL_GPU_PARTITION_SPAN placement;
} NV2080_CTRL_GPU_SET_PARTITION_INFO;

typedef struct {
  NvU32 partitionCount;
  NV2080_CTRL_GPU_SET_PARTITION_INFO partitionInfo[8];
} NV2080_CTRL_GPU_SET_PARTITIONS_PARAMS;

typedef struct {
  NvU32 swizzId;
  NvU32 partitionFlag;
  NvU32 grEngCount;
  NvU32 veidCount;
  NvU32 smCount;
  NvU32 ceCount;
  NvU32 nvEncCount;
  NvU32 nvDecCount;
  NvU32 nvJpgCount;
  NvU32 nvOfaCount;
  NvU32 gpcCount;
  NvU32 virtualGpcCount;
  NvU32 gfxGpcCount;
  NvU32 gpcsPerGr[8];
  NvU32 virtualGpcsPerGr[8];
  NvU32 gfxGpcPerGr[8];
  NvU32 veidsPerGr[8];
  NvU64 memSize;
  NV2080_CTRL_GPU_PARTITION_SPAN span;
  NvBool bValid;
  NvBool bPartitionError;
} NV2080_CTRL_GPU_GET_PARTITION_INFO;

typedef struct {
  NV2080_CTRL_GPU_GET_PARTITION_INFO queryPartitionInfo[8];
  NvU32 validPartitionCount;
  NvBool bGetAllPartitionInfo;
} NV2080_CTRL_GPU_GET_PARTITIONS_PARAMS;

typedef struct {
  NvU32 gpcCount;
  NvU32 gfxGpcCount;
  NvU32 veidCount;
  NvU32 ceCount;
  NvU32 nvEncCount;
  NvU32 nvDecCount;
  NvU32 nvJpgCount;
  NvU32 ofaCount;
  NvU32 sharedEngFlag;
  NvU32 smCount;
  NvU32 spanStart;
  NvU32 computeSize;
} NVC637_CTRL_EXEC_PARTITIONS_INFO;

typedef struct {
  NvBool bQuery;
  NvU32 flags;
  NvU32 execPartCount;
  NVC637_CTRL_EXEC_PARTITIONS_INFO execPartInfo[8];
  NvU32 execPartId[8];
} NVC637_CTRL_EXEC_PARTITIONS_CREATE_PARAMS;

typedef struct {
  NvU32 execPartCount;
  NvU32 execPartId[8];
} NVC637_CTRL_EXEC_PARTITIONS_DELETE_PARAMS;

typedef struct {
  NvU32 execPartCount;
  NvU32 execPartId[8];
  NVC637_CTRL_EXEC_PARTITIONS_INFO execPartInfo[8];
} NVC637_CTRL_EXEC_PARTITIONS_GET_PARAMS;
