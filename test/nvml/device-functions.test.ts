import { describe, expect, it } from 'vitest'
import { Host } from './library.ts'
import { CALLED, type Row, scenario } from './scenario.ts'

const int = { out: 'unsigned int' }
const room = (n: number) => ({ out: 'unsigned int', set: n })
const long = { out: 'unsigned long long' }
const text = (n: number) => ({ text: n })
const ints = (n: number) => ({ array: 'unsigned int', n })
const struct = (name: string, set: object = {}) => ({ struct: name, set })
const MIB = 1_048_576
const FIRST = '0x4e56000100000001'

/** Functions that answer NOT_SUPPORTED on a board like this, with as many outputs as they have. */
const ABSENT =
  'GetFanSpeed GetMinMaxFanSpeed GetTotalEnergyConsumption GetRetiredPagesPendingStatus GetRowRemapperHistogram GetDriverModel GetAutoBoostedClocksEnabled GetGridLicensableFeatures_v4 GetGpuFabricInfo GetSerial SetMigMode GetAttributes_v2 GetGpuInstanceId SetVirtualizationMode'

const IDENTITY: readonly Row[] = [
  [['nvmlSystemGetDriverVersion', text(80), 80], 'SUCCESS', '570.144'],
  [['nvmlSystemGetDriverVersion', text(80), 3], 'INSUFFICIENT_SIZE'],
  [['nvmlSystemGetNVMLVersion', text(80), 80], 'SUCCESS', '12.570.144'],
  [['nvmlSystemGetCudaDriverVersion', int], 'SUCCESS', 12_080],
  [['nvmlSystemGetCudaDriverVersion_v2', int], 'SUCCESS', 12_080],
  [
    ['nvmlSystemGetDriverBranch', struct('nvmlSystemDriverBranchInfo_v1_t', { version: 0x0100_0054 }), 80],
    'SUCCESS',
    { branch: 'r570_00' },
  ],
  [['nvmlSystemGetProcessName', 1001, text(64), 64], 'SUCCESS', 'vgpu'],
  [['nvmlSystemGetProcessName', 7, text(64), 64], 'NOT_FOUND'],
  [['nvmlSystemGetHicVersion', room(1), null], 'SUCCESS', 0],
  [['nvmlUnitGetCount', int], 'SUCCESS', 0],
  [['nvmlUnitGetHandleByIndex', 0, long], 'INVALID_ARGUMENT'],
  [['nvmlGetExcludedDeviceCount', int], 'SUCCESS', 0],
  [['nvmlGetExcludedDeviceInfoByIndex', 0, struct('nvmlExcludedDeviceInfo_t')], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetCount', int], 'SUCCESS', 2],
  [['nvmlDeviceGetCount_v2', int], 'SUCCESS', 2],
  [['nvmlDeviceGetHandleByIndex', 1, long], 'SUCCESS'],
  [['nvmlDeviceGetHandleByIndex', 2, long], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetHandleByPciBusId', { string: '0000:c2:00.0' }, { keep: 'second' }], 'SUCCESS'],
  [['nvmlDeviceGetHandleByPciBusId_v2', { string: '00000000:C2:00.0' }, long], 'SUCCESS'],
  [['nvmlDeviceGetHandleByPciBusId_v2', { string: 'C2:00.0' }, long], 'SUCCESS'],
  [['nvmlDeviceGetHandleByPciBusId_v2', { string: '0000:ff:00.0' }, long], 'NOT_FOUND'],
  [['nvmlDeviceGetHandleByPciBusId_v2', null, long], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetHandleByUUID', { string: 'GPU-nothing' }, long], 'NOT_FOUND'],
  [
    [
      'nvmlDeviceGetHandleByUUIDV',
      struct('nvmlUUID_v1_t', { version: 0x0100_0034, type: 1, value: { str: 'x' } }),
      long,
    ],
    'NOT_FOUND',
  ],
  [['nvmlDeviceGetHandleByUUIDV', struct('nvmlUUID_v1_t'), long], 'ARGUMENT_VERSION_MISMATCH'],
  [['nvmlDeviceGetHandleBySerial', { string: '123' }, long], 'NOT_FOUND'],
  [['nvmlDeviceGetIndex', '$second', int], 'SUCCESS', 1],
  [['nvmlDeviceGetMinorNumber', '$second', int], 'SUCCESS', 1],
  [['nvmlDeviceGetName', '$gpu0', text(96), 96], 'SUCCESS', 'NVIDIA L40'],
  [['nvmlDeviceGetUUID', '$gpu0', text(96), 40], 'INSUFFICIENT_SIZE'],
  [['nvmlDeviceGetBoardId', '$gpu0', int], 'SUCCESS', 0xc100],
  [['nvmlDeviceGetMultiGpuBoard', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceOnSameBoard', '$gpu0', '$gpu1', int], 'SUCCESS', 0],
  [['nvmlDeviceGetBrand', '$gpu0', int], 'SUCCESS', 14],
  [['nvmlDeviceGetArchitecture', '$gpu0', int], 'SUCCESS', 8],
  [['nvmlDeviceGetCudaComputeCapability', '$gpu0', int, int], 'SUCCESS', 8, 9],
  [
    ['nvmlDeviceGetPciInfo', '$gpu0', struct('nvmlPciInfo_v2_t')],
    'SUCCESS',
    { busId: '0000:C1:00.0', bus: 0xc1, pciDeviceId: 0x26b5_10de },
  ],
  [['nvmlDeviceGetPciInfo_v2', '$gpu0', struct('nvmlPciInfo_v2_t')], 'SUCCESS', { busId: '0000:C1:00.0' }],
  [
    ['nvmlDeviceGetPciInfo_v3', '$gpu0', struct('nvmlPciInfo_t')],
    'SUCCESS',
    { busId: '00000000:C1:00.0', busIdLegacy: '0000:C1:00.0' },
  ],
  [
    ['nvmlDeviceGetPciInfoExt', '$gpu0', struct('nvmlPciInfoExt_v1_t', { version: 0x0100_0040 })],
    'SUCCESS',
    { baseClass: 3, subClass: 2, bus: 0xc1 },
  ],
  [['nvmlDeviceGetPciInfoExt', '$gpu0', struct('nvmlPciInfoExt_v1_t')], 'ARGUMENT_VERSION_MISMATCH'],
  [['nvmlDeviceGetBusType', '$gpu0', int], 'SUCCESS', 2],
]

const VALUES: readonly Row[] = [
  [['nvmlDeviceGetMemoryInfo', '$gpu0', struct('nvmlMemory_t')], 'SUCCESS', { total: 49_140 * MIB }],
  [
    ['nvmlDeviceGetMemoryInfo_v2', '$gpu0', struct('nvmlMemory_v2_t', { version: 0x0200_0028 })],
    'SUCCESS',
    { version: 0x0200_0028, total: 49_140 * MIB },
  ],
  [['nvmlDeviceGetMemoryInfo_v2', '$gpu0', struct('nvmlMemory_v2_t', { version: 40 })], 'ARGUMENT_VERSION_MISMATCH'],
  [['nvmlDeviceGetBAR1MemoryInfo', '$gpu0', struct('nvmlBAR1Memory_t')], 'SUCCESS', { bar1Total: 65_536 * MIB }],
  [['nvmlDeviceGetUtilizationRates', '$gpu0', struct('nvmlUtilization_t')], 'SUCCESS', { gpu: 66, memory: 33 }],
  [['nvmlDeviceGetUtilizationRates', '$gpu1', struct('nvmlUtilization_t')], 'SUCCESS', { gpu: 0, memory: 0 }],
  [['nvmlDeviceGetEncoderUtilization', '$gpu0', int, int], 'SUCCESS', 22, 1_000_000],
  [['nvmlDeviceGetDecoderUtilization', '$gpu0', int, int], 'SUCCESS'],
  [['nvmlDeviceGetJpgUtilization', '$gpu0', int, int], 'SUCCESS', 0, 1_000_000],
  [['nvmlDeviceGetOfaUtilization', '$gpu0', int, int], 'SUCCESS', 0, 1_000_000],
  [['nvmlDeviceGetSamples', '$gpu0', 1, 0, int, room(0), null], 'SUCCESS', 1, 31],
  [['nvmlDeviceGetSamples', '$gpu0', 1, 2 ** 52, int, room(0), null], 'NOT_FOUND'],
  [['nvmlDeviceGetSamples', '$gpu0', 0, 0, int, room(0), null], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetSamples', '$gpu0', 1, 0, int, room(1), { list: 'nvmlSample_t', n: 1 }], 'INSUFFICIENT_SIZE'],
  [['nvmlDeviceGetSamples', '$gpu0', 40, 0, int, room(0), null], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetTemperature', '$gpu1', 0, int], 'SUCCESS', 30],
  [['nvmlDeviceGetTemperature', '$gpu1', 1, int], 'INVALID_ARGUMENT'],
  [
    ['nvmlDeviceGetTemperatureV', '$gpu1', struct('nvmlTemperature_v1_t', { version: 0x0100_000c })],
    'SUCCESS',
    { temperature: 30 },
  ],
  [['nvmlDeviceGetTemperatureV', '$gpu1', struct('nvmlTemperature_v1_t')], 'ARGUMENT_VERSION_MISMATCH'],
  [
    ['nvmlDeviceGetMarginTemperature', '$gpu1', struct('nvmlMarginTemperature_v1_t', { version: 0x0100_0008 })],
    'SUCCESS',
    { marginTemperature: 57 },
  ],
  [['nvmlDeviceGetTemperatureThreshold', '$gpu1', 0, int], 'SUCCESS', 92],
  [['nvmlDeviceGetTemperatureThreshold', '$gpu1', 2, int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetTemperatureThreshold', '$gpu1', 9, int], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetThermalSettings', '$gpu1', 0, struct('nvmlGpuThermalSettings_t')], 'SUCCESS', { count: 1 }],
  [['nvmlDeviceGetPowerUsage', '$gpu1', int], 'SUCCESS', 28_500],
  [['nvmlDeviceGetEnforcedPowerLimit', '$gpu1', int], 'SUCCESS', 300_000],
  [['nvmlDeviceGetPowerManagementLimit', '$gpu1', int], 'SUCCESS', 300_000],
  [['nvmlDeviceGetPowerManagementDefaultLimit', '$gpu1', int], 'SUCCESS', 300_000],
  [['nvmlDeviceGetPowerManagementLimitConstraints', '$gpu1', int, int], 'SUCCESS', 87_000, 300_000],
  [['nvmlDeviceGetPowerManagementMode', '$gpu1', int], 'SUCCESS', 1],
  [['nvmlDeviceGetPowerSource', '$gpu1', int], 'SUCCESS', 0],
  [['nvmlDeviceGetClockInfo', '$gpu1', 1, int], 'SUCCESS', 210],
  [['nvmlDeviceGetClockInfo', '$gpu1', 4, int], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetMaxClockInfo', '$gpu1', 2, int], 'SUCCESS', 9001],
  [['nvmlDeviceGetApplicationsClock', '$gpu1', 0, int], 'SUCCESS', 2520],
  [['nvmlDeviceGetDefaultApplicationsClock', '$gpu1', 0, int], 'SUCCESS', 2520],
  [['nvmlDeviceGetMaxCustomerBoostClock', '$gpu1', 0, int], 'SUCCESS', 2520],
  [['nvmlDeviceGetClock', '$gpu1', 0, 0, int], 'SUCCESS', 210],
  [['nvmlDeviceGetClock', '$gpu1', 0, 4, int], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetMinMaxClockOfPState', '$gpu1', 0, 0, int, int], 'SUCCESS', 210, 2520],
  [['nvmlDeviceGetMinMaxClockOfPState', '$gpu1', 0, 5, int, int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetSupportedMemoryClocks', '$gpu1', room(1), ints(1)], 'SUCCESS', 1, [9001]],
  [['nvmlDeviceGetSupportedGraphicsClocks', '$gpu1', 9001, room(0), null], 'INSUFFICIENT_SIZE', 155],
  [['nvmlDeviceGetSupportedGraphicsClocks', '$gpu1', 1, room(0), null], 'NOT_FOUND'],
  [['nvmlDeviceGetCurrentClocksEventReasons', '$gpu1', long], 'SUCCESS', 1],
  [['nvmlDeviceGetCurrentClocksThrottleReasons', '$gpu0', long], 'SUCCESS', 0],
  [['nvmlDeviceGetSupportedClocksEventReasons', '$gpu1', long], 'SUCCESS', 0x1ff],
  [['nvmlDeviceGetSupportedClocksThrottleReasons', '$gpu1', long], 'SUCCESS', 0x1ff],
  [['nvmlDeviceGetPerformanceState', '$gpu1', int], 'SUCCESS', 8],
  [['nvmlDeviceGetPowerState', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceGetSupportedPerformanceStates', '$gpu1', ints(4), 16], 'SUCCESS', [0, 8, 32, 32]],
  [['nvmlDeviceGetSupportedPerformanceStates', '$gpu1', ints(4), 4], 'INSUFFICIENT_SIZE'],
  [['nvmlDeviceGetDynamicPstatesInfo', '$gpu0', struct('nvmlGpuDynamicPstatesInfo_t')], 'SUCCESS'],
  [['nvmlDeviceGetViolationStatus', '$gpu0', 0, struct('nvmlViolationTime_t')], 'SUCCESS', { violationTime: 0 }],
  [['nvmlDeviceGetViolationStatus', '$gpu0', 12, struct('nvmlViolationTime_t')], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetNumFans', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceGetCurrPcieLinkGeneration', '$gpu1', int], 'SUCCESS', 1],
  [['nvmlDeviceGetMaxPcieLinkGeneration', '$gpu1', int], 'SUCCESS', 4],
  [['nvmlDeviceGetGpuMaxPcieLinkGeneration', '$gpu1', int], 'SUCCESS', 4],
  [['nvmlDeviceGetCurrPcieLinkWidth', '$gpu1', int], 'SUCCESS', 16],
  [['nvmlDeviceGetMaxPcieLinkWidth', '$gpu1', int], 'SUCCESS', 16],
  [['nvmlDeviceGetPcieSpeed', '$gpu1', int], 'SUCCESS', 2500],
  [['nvmlDeviceGetPcieLinkMaxSpeed', '$gpu1', int], 'SUCCESS', 4],
  [['nvmlDeviceGetPcieThroughput', '$gpu1', 0, int], 'SUCCESS', 0],
  [['nvmlDeviceGetPcieThroughput', '$gpu1', 2, int], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetPcieReplayCounter', '$gpu1', int], 'SUCCESS', 0],
  [
    ['nvmlDeviceGetFieldValues', '$gpu1', 2, { list: 'nvmlFieldValue_t', n: 2 }],
    'SUCCESS',
    [{ nvmlReturn: 2 }, { nvmlReturn: 2 }],
  ],
  [['nvmlDeviceGetFieldValues', '$gpu1', 0, null], 'INVALID_ARGUMENT'],
  [['nvmlDeviceClearFieldValues', '$gpu1', 1, { list: 'nvmlFieldValue_t', n: 1 }], 'SUCCESS'],
]

const PROCESSES: readonly Row[] = [
  ...['nvmlDeviceGetComputeRunningProcesses', 'nvmlDeviceGetGraphicsRunningProcesses'].flatMap((name): Row[] => [
    [[name, '$gpu0', room(0), null], 'INSUFFICIENT_SIZE', 2],
    [[name, '$gpu0', room(2), { list: 'nvmlProcessInfo_v1_t', n: 2 }], 'SUCCESS', 2, [{ pid: 1001 }, { pid: 1003 }]],
    [
      [`${name}_v2`, '$gpu0', room(2), { list: 'nvmlProcessInfo_v2_t', n: 2 }],
      'SUCCESS',
      2,
      [{ pid: 1001 }, { pid: 1003 }],
    ],
    [
      [`${name}_v3`, '$gpu0', room(2), { list: 'nvmlProcessInfo_v2_t', n: 2 }],
      'SUCCESS',
      2,
      [{ pid: 1001 }, { pid: 1003 }],
    ],
    [[`${name}_v3`, '$gpu1', room(0), null], 'SUCCESS', 0],
  ]),
  ...['', '_v2', '_v3'].map(
    (version): Row => [[`nvmlDeviceGetMPSComputeRunningProcesses${version}`, '$gpu0', room(0), null], 'SUCCESS', 0],
  ),
  [
    ['nvmlDeviceGetRunningProcessDetailList', '$gpu0', struct('nvmlProcessDetailList_v1_t', { version: 0x0100_0018 })],
    'INSUFFICIENT_SIZE',
    { numProcArrayEntries: 2 },
  ],
  [
    ['nvmlDeviceGetRunningProcessDetailList', '$gpu0', struct('nvmlProcessDetailList_v1_t')],
    'ARGUMENT_VERSION_MISMATCH',
  ],
  [
    ['nvmlDeviceGetProcessUtilization', '$gpu0', { list: 'nvmlProcessUtilizationSample_t', n: 2 }, room(2), 0],
    'SUCCESS',
    [{ pid: 1001 }, { pid: 1003 }],
    2,
  ],
  [['nvmlDeviceGetProcessUtilization', '$gpu1', null, room(2), 0], 'NOT_FOUND'],
  [
    [
      'nvmlDeviceGetProcessesUtilizationInfo',
      '$gpu0',
      struct('nvmlProcessesUtilizationInfo_v1_t', { version: 0x0100_0018 }),
    ],
    'INSUFFICIENT_SIZE',
    { processSamplesCount: 2 },
  ],
  [['nvmlDeviceGetEncoderCapacity', '$gpu0', 0, int], 'SUCCESS', 100],
  [['nvmlDeviceGetEncoderCapacity', '$gpu0', 3, int], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetEncoderStats', '$gpu0', int, int, int], 'SUCCESS', 2, 35, 1175],
  [['nvmlDeviceGetEncoderSessions', '$gpu0', room(0), null], 'INSUFFICIENT_SIZE', 2],
  [['nvmlDeviceGetFBCStats', '$gpu0', struct('nvmlFBCStats_t')], 'SUCCESS', { sessionsCount: 2 }],
  [['nvmlDeviceGetFBCSessions', '$gpu0', room(0), null], 'INSUFFICIENT_SIZE', 2],
]

const MODES: readonly Row[] = [
  [['nvmlDeviceGetEccMode', '$gpu0', int, int], 'SUCCESS', 0, 0],
  [['nvmlDeviceGetDefaultEccMode', '$gpu0', int], 'SUCCESS', 1],
  [['nvmlDeviceSetEccMode', '$gpu0', 1], 'IN_USE'],
  [['nvmlDeviceSetEccMode', '$gpu0', 2], 'INVALID_ARGUMENT'],
  [['nvmlDeviceSetEccMode', '$gpu1', 1], 'SUCCESS'],
  [['nvmlDeviceGetEccMode', '$gpu1', int, int], 'SUCCESS', 0, 1],
  [['nvmlDeviceGetTotalEccErrors', '$gpu0', 0, 0, long], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetTotalEccErrors', '$gpu0', 2, 0, long], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetMemoryErrorCounter', '$gpu0', 0, 0, 2, long], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetDetailedEccErrors', '$gpu0', 0, 0, struct('nvmlEccErrorCounts_t')], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetSramEccErrorStatus', '$gpu0', struct('nvmlEccSramErrorStatus_v1_t')], 'NOT_SUPPORTED'],
  [['nvmlDeviceClearEccErrorCounts', '$gpu0', 0], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetRemappedRows', '$gpu0', int, int, int, int], 'SUCCESS', 0, 0, 0, 0],
  [['nvmlDeviceGetRemappedRows_v2', '$gpu0', struct('nvmlRemappedRowsInfo_v2_t')], 'SUCCESS'],
  [['nvmlDeviceGetVirtualizationMode', '$gpu0', int], 'SUCCESS', 3],
  [['nvmlDeviceGetDisplayActive', '$gpu0', int], 'SUCCESS', 0],
  [
    ['nvmlDeviceGetAddressingMode', '$gpu0', struct('nvmlDeviceAddressingMode_v1_t', { version: 0x0100_0008 })],
    'SUCCESS',
    { value: 0 },
  ],
  [['nvmlDeviceGetAddressingMode', '$gpu0', struct('nvmlDeviceAddressingMode_v1_t')], 'ARGUMENT_VERSION_MISMATCH'],
  [
    ['nvmlDeviceGetCapabilities', '$gpu0', struct('nvmlDeviceCapabilities_v1_t', { version: 0x0100_0008 })],
    'SUCCESS',
    { capMask: 0 },
  ],
  [['nvmlDeviceGetGspFirmwareVersion', '$gpu0', text(64)], 'SUCCESS', '570.144'],
  [['nvmlDeviceGetGspFirmwareMode', '$gpu0', int, int], 'SUCCESS', 1, 1],
  [['nvmlDeviceGetMigMode', '$gpu0', int, int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetMaxMigDeviceCount', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceGetMigDeviceHandleByIndex', '$gpu0', 0, long], 'NOT_SUPPORTED'],
  [['nvmlDeviceIsMigDeviceHandle', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceGetPersistenceMode', '$gpu0', int], 'SUCCESS', 1],
  [['nvmlDeviceSetPersistenceMode', '$gpu0', 0], 'SUCCESS'],
  [['nvmlDeviceGetPersistenceMode', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceSetPersistenceMode', '$gpu0', 5], 'INVALID_ARGUMENT'],
  [['nvmlDeviceSetComputeMode', '$gpu0', 3], 'SUCCESS'],
  [['nvmlDeviceGetComputeMode', '$gpu0', int], 'SUCCESS', 3],
  [['nvmlDeviceSetComputeMode', '$gpu0', 1], 'NOT_SUPPORTED'],
  [['nvmlDeviceSetComputeMode', '$gpu0', 9], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetAccountingMode', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceGetAccountingPids', '$gpu0', room(4), ints(4)], 'NOT_SUPPORTED'],
  [['nvmlDeviceClearAccountingPids', '$gpu0'], 'NOT_SUPPORTED'],
  [['nvmlDeviceSetAccountingMode', '$gpu0', 1], 'SUCCESS'],
  [['nvmlDeviceGetAccountingMode', '$gpu0', int], 'SUCCESS', 1],
  [['nvmlDeviceGetAccountingPids', '$gpu0', room(2), ints(2)], 'SUCCESS', 2, [1001, 1003]],
  [['nvmlDeviceGetAccountingStats', '$gpu0', 1001, struct('nvmlAccountingStats_t')], 'SUCCESS', { isRunning: 1 }],
  [
    ['nvmlDeviceGetAccountingStats_v2', '$gpu0', struct('nvmlAccountingStats_v2_t', { pid: 1003 })],
    'SUCCESS',
    { pid: 1003, sampleCount: 30 },
  ],
  [['nvmlDeviceGetAccountingStats_v2', '$gpu0', struct('nvmlAccountingStats_v2_t', { pid: 5 })], 'NOT_FOUND'],
  [['nvmlDeviceGetAccountingBufferSize', '$gpu0', int], 'SUCCESS', 4000],
  [['nvmlDeviceClearAccountingPids', '$gpu0'], 'SUCCESS'],
  [['nvmlDeviceGetSupportedEventTypes', '$gpu0', long], 'SUCCESS', 0x1c],
  [['nvmlEventSetCreate', { keep: 'events' }], 'SUCCESS'],
  [['nvmlDeviceRegisterEvents', '$gpu0', 8, '$events'], 'SUCCESS'],
  [['nvmlDeviceRegisterEvents', '$gpu0', 1, '$events'], 'NOT_SUPPORTED'],
  [['nvmlDeviceRegisterEvents', '$gpu0', 8, 99], 'INVALID_ARGUMENT'],
  [['nvmlEventSetWait', '$events', struct('nvmlEventData_t'), 20], 'TIMEOUT'],
  [['nvmlEventSetWait_v2', '$events', struct('nvmlEventData_t'), 20], 'TIMEOUT'],
  [['nvmlEventSetWait_v2', '$events', null, 20], 'INVALID_ARGUMENT'],
  [['nvmlEventSetFree', '$events'], 'SUCCESS'],
  [['nvmlEventSetWait_v2', '$events', struct('nvmlEventData_t'), 20], 'INVALID_ARGUMENT'],
  [['nvmlEventSetFree', '$events'], 'INVALID_ARGUMENT'],
  [
    ['nvmlGpmQueryDeviceSupport', '$gpu0', struct('nvmlGpmSupport_t', { version: 0x0100_0008 })],
    'SUCCESS',
    { isSupportedDevice: 0 },
  ],
  ...ABSENT.split(' ').map((name): Row => [[`nvmlDevice${name}`, '$gpu0', long, long, long], 'NOT_SUPPORTED']),
  ...ABSENT.split(' ').map((name): Row => [[`nvmlDevice${name}`, 99, long, long, long], 'INVALID_ARGUMENT']),
]

const LONGS = { array: 'unsigned long', n: 2 }
const BOARD: readonly Row[] = [
  [['nvmlDeviceGetVbiosVersion', '$gpu0', text(32), 32], 'SUCCESS', '95.02.B5.00.01'],
  [['nvmlDeviceGetVbiosVersion', '$gpu0', text(32), 4], 'INSUFFICIENT_SIZE'],
  [['nvmlDeviceGetBoardPartNumber', '$gpu0', text(80), 80], 'SUCCESS', '900-2G109-0000-000'],
  [['nvmlDeviceGetInforomImageVersion', '$gpu0', text(16), 16], 'SUCCESS', 'G109.0200.00.01'],
  [['nvmlDeviceGetInforomVersion', '$gpu0', 0, text(16), 16], 'SUCCESS', '2.1'],
  [['nvmlDeviceGetInforomVersion', '$gpu0', 1, text(16), 16], 'SUCCESS', '6.16'],
  [['nvmlDeviceGetInforomVersion', '$gpu0', 2, text(16), 16], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetInforomVersion', '$gpu0', 4, text(16), 16], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetInforomConfigurationChecksum', '$gpu0', int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetFanSpeed_v2', '$gpu0', 0, int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetTargetFanSpeed', '$gpu0', 0, int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetModuleId', '$gpu0', int], 'SUCCESS', 1],
  [['nvmlDeviceGetConfComputeProtectedMemoryUsage', '$gpu0', struct('nvmlMemory_t')], 'SUCCESS', { total: 0, used: 0 }],
  [['nvmlDeviceGetTopologyCommonAncestor', '$gpu0', '$gpu1', int], 'SUCCESS', 30],
  [['nvmlDeviceGetTopologyCommonAncestor', '$gpu0', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceGetTopologyNearestGpus', '$gpu0', 30, room(0), null], 'INSUFFICIENT_SIZE', 1],
  [['nvmlDeviceGetTopologyNearestGpus', '$gpu0', 30, room(2), LONGS], 'SUCCESS', 1, [Number('0x4e56000100000002'), 0]],
  [['nvmlDeviceGetTopologyNearestGpus', '$gpu0', 10, room(2), LONGS], 'SUCCESS', 0, [0, 0]],
  [['nvmlDeviceGetTopologyNearestGpus', '$gpu0', 15, room(2), LONGS], 'INVALID_ARGUMENT'],
  [['nvmlSystemGetTopologyGpuSet', 0, room(2), LONGS], 'SUCCESS', 2, [Number(FIRST), Number('0x4e56000100000002')]],
  [['nvmlSystemGetTopologyGpuSet', 64, room(2), LONGS], 'SUCCESS', 0, [0, 0]],
  [['nvmlDeviceGetCpuAffinity', '$gpu0', 2, LONGS], 'SUCCESS', [2 ** 64, 0]],
  [['nvmlDeviceGetCpuAffinity', '$gpu0', 0, LONGS], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetCpuAffinityWithinScope', '$gpu0', 1, LONGS, 1], 'SUCCESS', [2 ** 64, 0]],
  [['nvmlDeviceGetCpuAffinityWithinScope', '$gpu0', 1, LONGS, 2], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetMemoryAffinity', '$gpu0', 1, LONGS, 0], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetDisplayMode', '$gpu0', int], 'SUCCESS', 1],
]

const HOST = [
  'host init --gpus 2 --force',
  'vf enable 8 --gpu 0',
  'vgpu create --type L40-4Q --gpu 0 --vm vm1',
  'vgpu create --type L40-4Q --gpu 0 --vm vm2',
  'host advance 30s',
]

scenario('identity', HOST, IDENTITY)
scenario('the board and its place', HOST, BOARD)
scenario(
  'a board with a fan of its own, and release 580 of the driver',
  ['host init --board RTX6000-Ada --gpus 2 --force', 'host warm-update --to-version 580.95.05'],
  [
    [['nvmlDeviceGetNumFans', '$gpu0', int], 'SUCCESS', 1],
    [['nvmlDeviceGetFanSpeed', '$gpu0', int], 'SUCCESS', 30],
    [['nvmlDeviceGetFanSpeed_v2', '$gpu0', 0, int], 'SUCCESS', 30],
    [['nvmlDeviceGetFanSpeed_v2', '$gpu0', 1, int], 'INVALID_ARGUMENT'],
    [['nvmlDeviceGetTargetFanSpeed', '$gpu0', 0, int], 'SUCCESS', 30],
    [['nvmlDeviceGetDisplayMode', '$gpu0', int], 'DEPRECATED'],
  ],
)
scenario('memory, utilisation and sensors', HOST, VALUES)
scenario('processes and sessions', HOST, PROCESSES)
scenario('modes, errors, events', HOST, MODES)
scenario(
  'ECC is on',
  ['host init --gpus 2 --force', 'gpu ecc on --gpu 0', 'gpu reset 0'],
  [
    [['nvmlDeviceGetEccMode', '$gpu0', int, int], 'SUCCESS', 1, 1],
    [['nvmlDeviceGetTotalEccErrors', '$gpu0', 0, 0, long], 'SUCCESS', 0],
    [['nvmlDeviceGetMemoryErrorCounter', '$gpu0', 0, 0, 2, long], 'SUCCESS', 0],
    [['nvmlDeviceGetMemoryErrorCounter', '$gpu0', 0, 0, 0, long], 'NOT_SUPPORTED'],
    [['nvmlDeviceGetDetailedEccErrors', '$gpu0', 0, 0, struct('nvmlEccErrorCounts_t')], 'SUCCESS'],
    [
      ['nvmlDeviceGetSramEccErrorStatus', '$gpu0', struct('nvmlEccSramErrorStatus_v1_t', { version: 0x0100_0068 })],
      'SUCCESS',
    ],
    [['nvmlDeviceClearEccErrorCounts', '$gpu0', 0], 'SUCCESS'],
    [
      ['nvmlDeviceGetRowRemapperHistogram', '$gpu0', struct('nvmlRowRemapperHistogramValues_t')],
      'SUCCESS',
      { max: 192, high: 0, none: 0 },
    ],
    [['nvmlDeviceGetSupportedEventTypes', '$gpu0', long], 'SUCCESS', 0x1f],
  ],
)
scenario(
  'a board with MIG',
  ['host init --board A100-PCIE-40GB --gpus 2 --profile vgpu17 --force'],
  [
    [['nvmlDeviceGetMigMode', '$gpu0', int, int], 'SUCCESS', 0, 0],
    [['nvmlDeviceGetMigDeviceHandleByIndex', '$gpu0', 0, long], 'NOT_FOUND'],
    [['nvmlDeviceGetArchitecture', '$gpu0', int], 'SUCCESS', 7],
    [['nvmlDeviceGetGspFirmwareVersion', '$gpu0', text(64)], 'NOT_SUPPORTED'],
  ],
)
scenario(
  'a GPU that is lost',
  ['host init --gpus 2 --force', 'gpu unbind 0'],
  [
    [['nvmlDeviceGetCount', int], 'SUCCESS', 1],
    [['nvmlDeviceGetCount_v2', int], 'SUCCESS', 2],
    [['nvmlDeviceGetHandleByIndex_v2', 0, long], 'GPU_IS_LOST'],
    [['nvmlDeviceGetName', { word: FIRST }, text(96), 96], 'GPU_IS_LOST'],
    [['nvmlInitWithFlags', 1], 'SUCCESS'],
    [['nvmlInitWithFlags', 9], 'INVALID_ARGUMENT'],
    [['nvmlInit'], 'SUCCESS'],
  ],
)

describe('return codes by command', () => {
  it('H 1: at least 110 functions beside those of vGPUs are called here', () => {
    expect([...CALLED].filter((name) => !/vgpu/i.test(name)).length).toBeGreaterThanOrEqual(110)
  })

  it('H 1: without a driver nvmlInit answers DRIVER_NOT_LOADED, and with flag 1 it succeeds', () => {
    const host = new Host()
    host.host('gpu unbind 0')
    const script = 'import ctypes; n = ctypes.CDLL("libnvidia-ml.so.1"); print(n.nvmlInit_v2(), n.nvmlInitWithFlags(1))'
    expect(host.exec(['python3', '-c', script]).stdout).toBe('9 0\n')
    host.dispose()
  })

  it('H 1: a fault at a function answers its code as often as it was armed, and counts', () => {
    const host = new Host()
    host.host(
      'host init --gpus 2 --force',
      'fault add nvml.nvmlDeviceGetMemoryInfo_v2 --effect GPU_IS_LOST --after 1 --times 2',
    )
    const call = ['nvmlDeviceGetMemoryInfo_v2', '$gpu0', struct('nvmlMemory_v2_t', { version: 0x0200_0028 })] as const
    const codes = host.calls([call, call, call, call]).map(([code]) => code)
    expect(codes).toEqual([0, 15, 15, 0])
    expect(JSON.parse(host.host('fault list -o json')).items[0]).toMatchObject({ hits: 3, struck: 2 })
    host.dispose()
  })

  it('H 1: before nvmlInit every function answers UNINITIALIZED', () => {
    const host = new Host()
    const script = `
import ctypes, json, sys
n = ctypes.CDLL("libnvidia-ml.so.1")
names = [name for name in json.load(open(sys.argv[1]))["functions"] if name != "nvmlErrorString" and not name.startswith("nvmlInit")]
cell = (ctypes.c_uint64 * 4096)()
print(len(names), {n[name](cell, cell, cell, cell, cell, cell) for name in names})
n.nvmlInit_v2()
print(sorted({n[name](0, 0, 0, 0, 0, 0) for name in names if name != "nvmlShutdown"}))
`
    const { stdout } = host.exec([
      'python3',
      '-c',
      script,
      'test/golden/golden-nvml.json'.replace(/^/, `${process.cwd()}/`),
    ])
    // With null arguments a function is refused, or it is one without arguments to refuse.
    expect(stdout).toBe('409 {1}\n[2, 3]\n')
    host.dispose()
  })
})
