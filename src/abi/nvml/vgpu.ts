import { struct, union } from '../compound.ts'
import { array, text } from '../elements.ts'
import { bigU64, u8, u16, u32, u64 } from '../scalars.ts'
import { nvmlValue_t } from './device.ts'

// Structures of the vGPU functions of NVML 13.3 (nvml.h), under their C names.

export const nvmlEncoderSessionInfo_t = struct('nvmlEncoderSessionInfo_t', {
  sessionId: u32,
  pid: u32,
  vgpuInstance: u32,
  codecType: u32,
  hResolution: u32,
  vResolution: u32,
  averageFps: u32,
  averageLatency: u32,
})

export const nvmlFBCSessionInfo_t = struct('nvmlFBCSessionInfo_t', {
  sessionId: u32,
  pid: u32,
  vgpuInstance: u32,
  displayOrdinal: u32,
  sessionType: u32,
  sessionFlags: u32,
  hMaxResolution: u32,
  vMaxResolution: u32,
  hResolution: u32,
  vResolution: u32,
  averageFPS: u32,
  averageLatency: u32,
})

export const nvmlFBCStats_t = struct('nvmlFBCStats_t', {
  sessionsCount: u32,
  averageFPS: u32,
  averageLatency: u32,
})

export const nvmlVgpuHeterogeneousMode_v1_t = struct('nvmlVgpuHeterogeneousMode_v1_t', {
  version: u32,
  mode: u32,
})

export const nvmlVgpuInstanceUtilizationInfo_v1_t = struct('nvmlVgpuInstanceUtilizationInfo_v1_t', {
  timeStamp: bigU64,
  vgpuInstance: u32,
  smUtil: nvmlValue_t,
  memUtil: nvmlValue_t,
  encUtil: nvmlValue_t,
  decUtil: nvmlValue_t,
  jpgUtil: nvmlValue_t,
  ofaUtil: nvmlValue_t,
})

export const nvmlVgpuInstancesUtilizationInfo_v1_t = struct('nvmlVgpuInstancesUtilizationInfo_v1_t', {
  version: u32,
  sampleValType: u32,
  vgpuInstanceCount: u32,
  lastSeenTimeStamp: bigU64,
  vgpuUtilArray: bigU64,
})

export const nvmlVgpuVersion_t = struct('nvmlVgpuVersion_t', {
  minVersion: u32,
  maxVersion: u32,
})

export const nvmlVgpuPgpuMetadata_t = struct('nvmlVgpuPgpuMetadata_t', {
  version: u32,
  revision: u32,
  hostDriverVersion: text(80),
  pgpuVirtualizationCaps: u32,
  reserved: array(u32, 5),
  hostSupportedVgpuRange: nvmlVgpuVersion_t,
  opaqueDataSize: u32,
  opaqueData: text(4),
})

export const nvmlVgpuProcessUtilizationSample_t = struct('nvmlVgpuProcessUtilizationSample_t', {
  vgpuInstance: u32,
  pid: u32,
  processName: text(64),
  timeStamp: bigU64,
  smUtil: u32,
  memUtil: u32,
  encUtil: u32,
  decUtil: u32,
})

export const nvmlVgpuProcessUtilizationInfo_v1_t = struct('nvmlVgpuProcessUtilizationInfo_v1_t', {
  processName: text(64),
  timeStamp: bigU64,
  vgpuInstance: u32,
  pid: u32,
  smUtil: u32,
  memUtil: u32,
  encUtil: u32,
  decUtil: u32,
  jpgUtil: u32,
  ofaUtil: u32,
})

export const nvmlVgpuProcessesUtilizationInfo_v1_t = struct('nvmlVgpuProcessesUtilizationInfo_v1_t', {
  version: u32,
  vgpuProcessCount: u32,
  lastSeenTimeStamp: bigU64,
  vgpuProcUtilArray: bigU64,
})

export const nvmlVgpuSchedulerCapabilities_t = struct('nvmlVgpuSchedulerCapabilities_t', {
  supportedSchedulers: array(u32, 3),
  maxTimeslice: u32,
  minTimeslice: u32,
  isArrModeSupported: u32,
  maxFrequencyForARR: u32,
  minFrequencyForARR: u32,
  maxAvgFactorForARR: u32,
  minAvgFactorForARR: u32,
})

export const nvmlVgpuSchedulerParams_t = union('nvmlVgpuSchedulerParams_t', {
  vgpuSchedDataWithARR: struct('nvmlVgpuSchedulerParams_t with ARR', { avgFactor: u32, timeslice: u32 }),
  vgpuSchedData: struct('nvmlVgpuSchedulerParams_t without ARR', { timeslice: u32 }),
})

export const nvmlVgpuSchedulerLogEntry_t = struct('nvmlVgpuSchedulerLogEntry_t', {
  timestamp: u64,
  timeRunTotal: u64,
  timeRun: u64,
  swRunlistId: u32,
  targetTimeSlice: u64,
  cumulativePreemptionTime: u64,
})

export const nvmlVgpuSchedulerLog_t = struct('nvmlVgpuSchedulerLog_t', {
  engineId: u32,
  schedulerPolicy: u32,
  arrMode: u32,
  schedulerParams: nvmlVgpuSchedulerParams_t,
  entriesCount: u32,
  logEntries: array(nvmlVgpuSchedulerLogEntry_t, 200),
})

export const nvmlVgpuSchedulerLogEntry_v2_t = struct('nvmlVgpuSchedulerLogEntry_v2_t', {
  timestamp: u64,
  timeRunTotal: u64,
  timeRun: u64,
  swRunlistId: u32,
  targetTimeSlice: u64,
  cumulativePreemptionTime: u64,
  weight: u32,
})

export const nvmlVgpuSchedulerLogInfo_v2_t = struct('nvmlVgpuSchedulerLogInfo_v2_t', {
  engineId: u32,
  schedulerPolicy: u32,
  avgFactor: u32,
  timeslice: u32,
  entriesCount: u32,
  logEntries: array(nvmlVgpuSchedulerLogEntry_v2_t, 200),
})

export const nvmlVgpuSchedulerGetState_t = struct('nvmlVgpuSchedulerGetState_t', {
  schedulerPolicy: u32,
  arrMode: u32,
  schedulerParams: nvmlVgpuSchedulerParams_t,
})

export const nvmlVgpuSchedulerStateInfo_v2_t = struct('nvmlVgpuSchedulerStateInfo_v2_t', {
  engineId: u32,
  schedulerPolicy: u32,
  avgFactor: u32,
  timeslice: u32,
})

export const nvmlVgpuPlacementList_v2_t = struct('nvmlVgpuPlacementList_v2_t', {
  version: u32,
  placementSize: u32,
  count: u32,
  placementIds: bigU64,
  mode: u32,
})

export const nvmlVgpuInstanceUtilizationSample_t = struct('nvmlVgpuInstanceUtilizationSample_t', {
  vgpuInstance: u32,
  timeStamp: bigU64,
  smUtil: nvmlValue_t,
  memUtil: nvmlValue_t,
  encUtil: nvmlValue_t,
  decUtil: nvmlValue_t,
})

export const nvmlVgpuSchedulerSetParams_t = union('nvmlVgpuSchedulerSetParams_t', {
  vgpuSchedDataWithARR: struct('nvmlVgpuSchedulerSetParams_t with ARR', { avgFactor: u32, frequency: u32 }),
  vgpuSchedData: struct('nvmlVgpuSchedulerSetParams_t without ARR', { timeslice: u32 }),
})

export const nvmlVgpuSchedulerSetState_t = struct('nvmlVgpuSchedulerSetState_t', {
  schedulerPolicy: u32,
  enableARRMode: u32,
  schedulerParams: nvmlVgpuSchedulerSetParams_t,
})

export const nvmlVgpuSchedulerState_v2_t = struct('nvmlVgpuSchedulerState_v2_t', {
  engineId: u32,
  schedulerPolicy: u32,
  avgFactor: u32,
  frequency: u32,
})

export const nvmlVgpuMetadata_t = struct('nvmlVgpuMetadata_t', {
  version: u32,
  revision: u32,
  guestInfoState: u32,
  guestDriverVersion: text(80),
  hostDriverVersion: text(80),
  reserved: array(u32, 6),
  vgpuVirtualizationCaps: u32,
  guestVgpuVersion: u32,
  opaqueDataSize: u32,
  opaqueData: text(4),
})

export const nvmlVgpuPgpuCompatibility_t = struct('nvmlVgpuPgpuCompatibility_t', {
  vgpuVmCompatibility: u32,
  compatibilityLimitCode: u32,
})

export const nvmlActiveVgpuInstanceInfo_v1_t = struct('nvmlActiveVgpuInstanceInfo_v1_t', {
  version: u32,
  vgpuCount: u32,
  vgpuInstances: bigU64,
})

export const nvmlVgpuTypeIdInfo_v1_t = struct('nvmlVgpuTypeIdInfo_v1_t', {
  version: u32,
  vgpuCount: u32,
  vgpuTypeIds: bigU64,
})

export const nvmlVgpuSchedulerLogInfo_v1_t = struct('nvmlVgpuSchedulerLogInfo_v1_t', {
  version: u32,
  engineId: u32,
  schedulerPolicy: u32,
  arrMode: u32,
  schedulerParams: nvmlVgpuSchedulerParams_t,
  entriesCount: u32,
  logEntries: array(nvmlVgpuSchedulerLogEntry_t, 200),
})

export const nvmlVgpuSchedulerStateInfo_v1_t = struct('nvmlVgpuSchedulerStateInfo_v1_t', {
  version: u32,
  engineId: u32,
  schedulerPolicy: u32,
  arrMode: u32,
  schedulerParams: nvmlVgpuSchedulerParams_t,
})

export const nvmlVgpuCreatablePlacementInfo_v1_t = struct('nvmlVgpuCreatablePlacementInfo_v1_t', {
  version: u32,
  vgpuTypeId: u32,
  count: u32,
  placementIds: bigU64,
  placementSize: u32,
})

export const nvmlVgpuSchedulerState_v1_t = struct('nvmlVgpuSchedulerState_v1_t', {
  version: u32,
  engineId: u32,
  schedulerPolicy: u32,
  enableARRMode: u32,
  schedulerParams: nvmlVgpuSchedulerSetParams_t,
})

export const nvmlVgpuLicenseExpiry_t = struct('nvmlVgpuLicenseExpiry_t', {
  year: u32,
  month: u16,
  day: u16,
  hour: u16,
  min: u16,
  sec: u16,
  status: u8,
})

export const nvmlVgpuLicenseInfo_t = struct('nvmlVgpuLicenseInfo_t', {
  isLicensed: u8,
  licenseExpiry: nvmlVgpuLicenseExpiry_t,
  currentState: u32,
})

export const nvmlVgpuPlacementId_v1_t = struct('nvmlVgpuPlacementId_v1_t', {
  version: u32,
  placementId: u32,
})

export const nvmlVgpuRuntimeState_v1_t = struct('nvmlVgpuRuntimeState_v1_t', {
  version: u32,
  size: u64,
})

export const nvmlVgpuTypeBar1Info_v1_t = struct('nvmlVgpuTypeBar1Info_v1_t', {
  version: u32,
  bar1Size: u64,
})

export const nvmlVgpuTypeMaxInstance_v1_t = struct('nvmlVgpuTypeMaxInstance_v1_t', {
  version: u32,
  vgpuTypeId: u32,
  maxInstancePerGI: u32,
})

export const nvmlVgpuPlacementList_v1_t = struct('nvmlVgpuPlacementList_v1_t', {
  version: u32,
  placementSize: u32,
  count: u32,
  placementIds: bigU64,
})
