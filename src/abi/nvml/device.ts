import { struct, union } from '../compound.ts'
import { array, bytes, text } from '../elements.ts'
import { bigU64, u16, u32, u64 } from '../scalars.ts'

// Structures of the device, system and event functions of NVML 13.3 (nvml.h), under their C names.

export const nvmlHwbcEntry_t = struct('nvmlHwbcEntry_t', {
  hwbcId: u32,
  firmwareVersion: text(32),
})

export const nvmlSystemDriverBranchInfo_v1_t = struct('nvmlSystemDriverBranchInfo_v1_t', {
  version: u32,
  branch: text(80),
})

export const nvmlPciInfo_t = struct('nvmlPciInfo_t', {
  busIdLegacy: text(16),
  domain: u32,
  bus: u32,
  device: u32,
  pciDeviceId: u32,
  pciSubSystemId: u32,
  busId: text(32),
})

/** The structure of nvmlDeviceGetPciInfo and nvmlDeviceGetPciInfo_v2, which has no name of its own. */
export const nvmlPciInfo_v2_t = struct('nvmlPciInfo_v2_t', {
  busId: text(16),
  domain: u32,
  bus: u32,
  device: u32,
  pciDeviceId: u32,
  pciSubSystemId: u32,
})

export const nvmlExcludedDeviceInfo_t = struct('nvmlExcludedDeviceInfo_t', {
  pciInfo: nvmlPciInfo_t,
  uuid: text(80),
})

export const nvmlUUIDValue_t = union('nvmlUUIDValue_t', { str: text(41), bytes: bytes(16) })

export const nvmlUUID_v1_t = struct('nvmlUUID_v1_t', {
  version: u32,
  type: u32,
  value: nvmlUUIDValue_t,
})

export const nvmlPciInfoExt_v1_t = struct('nvmlPciInfoExt_v1_t', {
  version: u32,
  domain: u32,
  bus: u32,
  device: u32,
  pciDeviceId: u32,
  pciSubSystemId: u32,
  baseClass: u32,
  subClass: u32,
  busId: text(32),
})

export const nvmlMemory_t = struct('nvmlMemory_t', {
  total: u64,
  free: u64,
  used: u64,
})

export const nvmlMemory_v2_t = struct('nvmlMemory_v2_t', {
  version: u32,
  total: u64,
  reserved: u64,
  free: u64,
  used: u64,
})

export const nvmlBAR1Memory_t = struct('nvmlBAR1Memory_t', {
  bar1Total: u64,
  bar1Free: u64,
  bar1Used: u64,
})

export const nvmlUtilization_t = struct('nvmlUtilization_t', {
  gpu: u32,
  memory: u32,
})

/** All members begin at byte 0; a `double` goes through its bits. */
export const nvmlValue_t = union('nvmlValue_t', {
  dVal: bigU64,
  siVal: u32,
  uiVal: u32,
  ulVal: bigU64,
  ullVal: bigU64,
  sllVal: bigU64,
  usVal: u16,
})

export const nvmlSample_t = struct('nvmlSample_t', {
  timeStamp: bigU64,
  sampleValue: nvmlValue_t,
})

export const nvmlTemperature_v1_t = struct('nvmlTemperature_v1_t', {
  version: u32,
  sensorType: u32,
  temperature: u32,
})

export const nvmlProcessInfo_v1_t = struct('nvmlProcessInfo_v1_t', {
  pid: u32,
  usedGpuMemory: u64,
})

/** nvmlProcessInfo_v2_t, which nvmlProcessInfo_t and the functions _v2 and _v3 mean. */
export const nvmlProcessInfo_v2_t = struct('nvmlProcessInfo_v2_t', {
  pid: u32,
  usedGpuMemory: u64,
  gpuInstanceId: u32,
  computeInstanceId: u32,
})

export const nvmlProcessDetail_v1_t = struct('nvmlProcessDetail_v1_t', {
  pid: u32,
  usedGpuMemory: u64,
  gpuInstanceId: u32,
  computeInstanceId: u32,
  usedGpuCcProtectedMemory: u64,
})

export const nvmlProcessDetailList_v1_t = struct('nvmlProcessDetailList_v1_t', {
  version: u32,
  mode: u32,
  numProcArrayEntries: u32,
  procArray: bigU64,
})

export const nvmlProcessUtilizationSample_t = struct('nvmlProcessUtilizationSample_t', {
  pid: u32,
  timeStamp: bigU64,
  smUtil: u32,
  memUtil: u32,
  encUtil: u32,
  decUtil: u32,
})

export const nvmlProcessUtilizationInfo_v1_t = struct('nvmlProcessUtilizationInfo_v1_t', {
  timeStamp: bigU64,
  pid: u32,
  smUtil: u32,
  memUtil: u32,
  encUtil: u32,
  decUtil: u32,
  jpgUtil: u32,
  ofaUtil: u32,
})

export const nvmlProcessesUtilizationInfo_v1_t = struct('nvmlProcessesUtilizationInfo_v1_t', {
  version: u32,
  processSamplesCount: u32,
  lastSeenTimeStamp: bigU64,
  procUtilArray: bigU64,
})

export const nvmlEccErrorCounts_t = struct('nvmlEccErrorCounts_t', {
  l1Cache: u64,
  l2Cache: u64,
  deviceMemory: u64,
  registerFile: u64,
})

export const nvmlRowRemapperHistogramValues_t = struct('nvmlRowRemapperHistogramValues_t', {
  max: u32,
  high: u32,
  partial: u32,
  low: u32,
  none: u32,
})

export const nvmlEccSramErrorStatus_v1_t = struct('nvmlEccSramErrorStatus_v1_t', {
  version: u32,
  aggregateUncParity: u64,
  aggregateUncSecDed: u64,
  aggregateCor: u64,
  volatileUncParity: u64,
  volatileUncSecDed: u64,
  volatileCor: u64,
  aggregateUncBucketL2: u64,
  aggregateUncBucketSm: u64,
  aggregateUncBucketPcie: u64,
  aggregateUncBucketMcu: u64,
  aggregateUncBucketOther: u64,
  bThresholdExceeded: u32,
})

export const nvmlAccountingStats_t = struct('nvmlAccountingStats_t', {
  gpuUtilization: u32,
  memoryUtilization: u32,
  maxMemoryUsage: u64,
  time: u64,
  startTime: u64,
  isRunning: u32,
  reserved: array(u32, 5),
})

export const nvmlDeviceAddressingMode_v1_t = struct('nvmlDeviceAddressingMode_v1_t', {
  version: u32,
  value: u32,
})

export const nvmlFieldValue_t = struct('nvmlFieldValue_t', {
  fieldId: u32,
  scopeId: u32,
  timestamp: u64,
  latencyUsec: u64,
  valueType: u32,
  nvmlReturn: u32,
  value: nvmlValue_t,
})

export const nvmlEventData_t = struct('nvmlEventData_t', {
  device: bigU64,
  eventType: u64,
  eventData: bigU64,
  gpuInstanceId: u32,
  computeInstanceId: u32,
})

export const nvmlGpmSupport_t = struct('nvmlGpmSupport_t', {
  version: u32,
  isSupportedDevice: u32,
})

export const nvmlViolationTime_t = struct('nvmlViolationTime_t', {
  referenceTime: u64,
  violationTime: u64,
})

export const nvmlGpuDynamicPstatesInfo_t = struct('nvmlGpuDynamicPstatesInfo_t', {
  flags: u32,
  utilization: array(
    struct('utilization of a domain', { bIsPresent: u32, percentage: u32, incThreshold: u32, decThreshold: u32 }),
    8,
  ),
})

export const nvmlMarginTemperature_v1_t = struct('nvmlMarginTemperature_v1_t', {
  version: u32,
  marginTemperature: u32,
})

export const nvmlDevicePerfModes_v1_t = struct('nvmlDevicePerfModes_v1_t', {
  version: u32,
  str: text(2048),
})

export const nvmlDeviceCurrentClockFreqs_v1_t = struct('nvmlDeviceCurrentClockFreqs_v1_t', {
  version: u32,
  str: text(2048),
})

export const nvmlDeviceCapabilities_v1_t = struct('nvmlDeviceCapabilities_v1_t', {
  version: u32,
  capMask: u32,
})

export const nvmlGpuThermalSettings_t = struct('nvmlGpuThermalSettings_t', {
  count: u32,
  sensor: array(
    struct('thermal sensor', {
      controller: u32,
      defaultMinTemp: u32,
      defaultMaxTemp: u32,
      currentTemp: u32,
      target: u32,
    }),
    3,
  ),
})

export const nvmlRemappedRowsInfo_v2_t = struct('nvmlRemappedRowsInfo_v2_t', {
  corrActiveRemaps: u32,
  corrInactiveRemaps: u32,
  uncActiveRemaps: u32,
  uncInactiveRemaps: u32,
  bPending: u32,
  bFailureOccurred: u32,
})

export const nvmlAccountingStats_v2_t = struct('nvmlAccountingStats_v2_t', {
  pid: u32,
  isRunning: u32,
  gpuUtilization: u32,
  memoryUtilization: u32,
  maxMemoryUsage: u64,
  sampleCount: u32,
  sumGpuUtil: u64,
  sumFbUtil: u64,
  time: u64,
  startTime: u64,
})
