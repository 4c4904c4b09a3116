import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { GOLDEN } from './library.ts'
import { CALLED, type Row, scenario } from './scenario.ts'

const int = { out: 'unsigned int' }
const room = (n: number) => ({ out: 'unsigned int', set: n })
const long = { out: 'unsigned long long' }
const text = (n: number) => ({ text: n })
const ints = (n: number) => ({ array: 'unsigned int', n })
const struct = (name: string, set: object = {}) => ({ struct: name, set })
const MIB = 1_048_576
const L40_4Q = 874

const HETEROGENEOUS = struct('nvmlVgpuHeterogeneousMode_v1_t', { version: 0x0100_0008 })
const PLACEMENTS_2 = { version: 0x0200_0020 }

/** Functions with one number of a vGPU, and outputs that are pointers. */
const OF_A_VGPU: readonly [name: string, ...args: unknown[]][] = [
  ['nvmlVgpuInstanceGetUUID', text(80), 80],
  ['nvmlVgpuInstanceGetMdevUUID', text(80), 80],
  ['nvmlVgpuInstanceGetVmID', text(80), 80, int],
  ['nvmlVgpuInstanceGetVmDriverVersion', text(80), 80],
  ['nvmlVgpuInstanceGetType', int],
  ['nvmlVgpuInstanceGetFbUsage', long],
  ['nvmlVgpuInstanceGetFrameRateLimit', int],
  ['nvmlVgpuInstanceGetLicenseStatus', int],
  ['nvmlVgpuInstanceGetLicenseInfo', struct('nvmlVgpuLicenseInfo_t')],
  ['nvmlVgpuInstanceGetLicenseInfo_v2', struct('nvmlVgpuLicenseInfo_t')],
  ['nvmlVgpuInstanceGetEccMode', int],
  ['nvmlVgpuInstanceGetPlacementId', struct('nvmlVgpuPlacementId_v1_t', { version: 0x0100_0008 })],
  ['nvmlVgpuInstanceGetGpuPciId', text(32), room(32)],
  ['nvmlVgpuInstanceGetGpuInstanceId', int],
  ['nvmlVgpuInstanceGetRuntimeStateSize', struct('nvmlVgpuRuntimeState_v1_t', { version: 0x0100_0010 })],
  ['nvmlVgpuInstanceGetMetadata', { list: 'nvmlVgpuMetadata_t', n: 4 }, room(848)],
  ['nvmlVgpuInstanceGetEncoderCapacity', int],
  ['nvmlVgpuInstanceSetEncoderCapacity', 100],
  ['nvmlVgpuInstanceGetEncoderStats', int, int, int],
  ['nvmlVgpuInstanceGetEncoderSessions', room(4), { list: 'nvmlEncoderSessionInfo_t', n: 4 }],
  ['nvmlVgpuInstanceGetFBCStats', struct('nvmlFBCStats_t')],
  ['nvmlVgpuInstanceGetFBCSessions', room(4), { list: 'nvmlFBCSessionInfo_t', n: 4 }],
  ['nvmlVgpuInstanceGetAccountingMode', int],
  ['nvmlVgpuInstanceGetAccountingPids', room(4), ints(4)],
  ['nvmlVgpuInstanceGetAccountingStats', 2001, struct('nvmlAccountingStats_t')],
  ['nvmlVgpuInstanceClearAccountingPids'],
]

/** Functions with one number of a type. */
const OF_A_TYPE: readonly [name: string, ...args: unknown[]][] = [
  ['nvmlVgpuTypeGetName', text(64), room(64)],
  ['nvmlVgpuTypeGetClass', text(64), room(64)],
  ['nvmlVgpuTypeGetLicense', text(128), 128],
  ['nvmlVgpuTypeGetFramebufferSize', long],
  ['nvmlVgpuTypeGetFbReservation', long],
  ['nvmlVgpuTypeGetGspHeapSize', long],
  ['nvmlVgpuTypeGetBAR1Info', struct('nvmlVgpuTypeBar1Info_v1_t', { version: 0x0100_0010 })],
  ['nvmlVgpuTypeGetDeviceID', long, long],
  ['nvmlVgpuTypeGetNumDisplayHeads', int],
  ['nvmlVgpuTypeGetResolution', 0, int, int],
  ['nvmlVgpuTypeGetFrameRateLimit', int],
  ['nvmlVgpuTypeGetMaxInstancesPerVm', int],
  ['nvmlVgpuTypeGetGpuInstanceProfileId', int],
  ['nvmlVgpuTypeGetCapabilities', 0, int],
]

/** Functions of a GPU that need vGPU support. */
const OF_A_HOST: readonly [name: string, ...args: unknown[]][] = [
  ['nvmlDeviceGetHostVgpuMode', int],
  ['nvmlDeviceGetSupportedVgpus', room(64), ints(64)],
  ['nvmlDeviceGetCreatableVgpus', room(64), ints(64)],
  ['nvmlDeviceGetActiveVgpus', room(64), ints(64)],
  ['nvmlDeviceGetVgpuCapabilities', 0, int],
  ['nvmlDeviceSetVgpuCapabilities', 11, 1],
  ['nvmlDeviceGetVgpuHeterogeneousMode', HETEROGENEOUS],
  ['nvmlDeviceSetVgpuHeterogeneousMode', HETEROGENEOUS],
  ['nvmlDeviceGetVgpuTypeSupportedPlacements', L40_4Q, struct('nvmlVgpuPlacementList_v2_t', PLACEMENTS_2)],
  ['nvmlDeviceGetVgpuTypeCreatablePlacements', L40_4Q, struct('nvmlVgpuPlacementList_v2_t', PLACEMENTS_2)],
  ['nvmlDeviceGetVgpuUtilization', 0, int, room(8), { list: 'nvmlVgpuInstanceUtilizationSample_t', n: 8 }],
  [
    'nvmlDeviceGetVgpuInstancesUtilizationInfo',
    struct('nvmlVgpuInstancesUtilizationInfo_v1_t', { version: 0x0100_0020 }),
  ],
  ['nvmlDeviceGetVgpuProcessUtilization', 0, room(8), { list: 'nvmlVgpuProcessUtilizationSample_t', n: 8 }],
  [
    'nvmlDeviceGetVgpuProcessesUtilizationInfo',
    struct('nvmlVgpuProcessesUtilizationInfo_v1_t', { version: 0x0100_0018 }),
  ],
  ['nvmlDeviceGetVgpuSchedulerState', struct('nvmlVgpuSchedulerGetState_t')],
  ['nvmlDeviceGetVgpuSchedulerState_v2', struct('nvmlVgpuSchedulerStateInfo_v2_t', { engineId: 1 })],
  ['nvmlDeviceSetVgpuSchedulerState', struct('nvmlVgpuSchedulerSetState_t', { schedulerPolicy: 1 })],
  ['nvmlDeviceSetVgpuSchedulerState_v2', struct('nvmlVgpuSchedulerState_v2_t', { engineId: 1, schedulerPolicy: 1 })],
  ['nvmlDeviceGetVgpuSchedulerCapabilities', struct('nvmlVgpuSchedulerCapabilities_t')],
  ['nvmlDeviceGetVgpuSchedulerLog', struct('nvmlVgpuSchedulerLog_t')],
  ['nvmlDeviceGetVgpuSchedulerLog_v2', struct('nvmlVgpuSchedulerLogInfo_v2_t', { engineId: 1 })],
  ['nvmlDeviceGetVgpuMetadata', { list: 'nvmlVgpuPgpuMetadata_t', n: 4 }, room(512)],
  ['nvmlDeviceVgpuForceGspUnload'],
  ['nvmlVgpuTypeGetMaxInstances', L40_4Q, int],
]

const GPU_INSTANCE =
  'GetActiveVgpus GetCreatableVgpus GetVgpuTypeCreatablePlacements GetVgpuHeterogeneousMode SetVgpuHeterogeneousMode GetVgpuSchedulerState GetVgpuSchedulerState_v2 SetVgpuSchedulerState SetVgpuSchedulerState_v2 GetVgpuSchedulerLog GetVgpuSchedulerLog_v2'

const ofVgpu = (id: unknown, code: string): Row[] => OF_A_VGPU.map(([name, ...args]) => [[name, id, ...args], code])
const ofHost = (gpu: unknown, code: string): Row[] => OF_A_HOST.map(([name, ...args]) => [[name, gpu, ...args], code])

const RUNNING = [
  'host init --gpus 2 --force',
  'vf enable 8 --gpu 0',
  'vf enable 8 --gpu 1',
  'vgpu create --type L40-4Q --gpu 0 --name desk1 --vm vm1',
  'vgpu create --type L40-4Q --gpu 0 --name desk2 --vm vm2',
  'host advance 30s',
]

scenario('two running vGPUs', RUNNING, [
  [['nvmlDeviceGetHostVgpuMode', '$gpu0', int], 'SUCCESS', 1],
  [['nvmlDeviceGetActiveVgpus', '$gpu0', room(0), null], 'INSUFFICIENT_SIZE', 2],
  [['nvmlDeviceGetActiveVgpus', '$gpu0', room(2), ints(2)], 'SUCCESS', 2, ['{vgpu0}', '{vgpu1}']],
  [['nvmlDeviceGetActiveVgpus', '$gpu0', room(1), ints(1)], 'INSUFFICIENT_SIZE', 2, [0]],
  [['nvmlDeviceGetActiveVgpus', '$gpu1', room(0), null], 'SUCCESS', 0],
  [['nvmlDeviceGetActiveVgpus', '$gpu0', null, ints(2)], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetSupportedVgpus', '$gpu0', room(0), null], 'INSUFFICIENT_SIZE', 29],
  [['nvmlDeviceGetCreatableVgpus', '$gpu0', room(1), ints(1)], 'SUCCESS', 1, [L40_4Q]],
  [['nvmlDeviceGetVgpuCapabilities', '$gpu0', 0, int], 'SUCCESS', 1],
  [['nvmlDeviceGetVgpuCapabilities', '$gpu0', 3, int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetVgpuCapabilities', '$gpu0', 8, int], 'SUCCESS', 1],
  [['nvmlDeviceGetVgpuCapabilities', '$gpu0', 12, int], 'INVALID_ARGUMENT'],
  [['nvmlDeviceSetVgpuCapabilities', '$gpu0', 11, 1], 'NOT_SUPPORTED'],
  [['nvmlDeviceSetVgpuCapabilities', '$gpu0', 0, 1], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetVgpuHeterogeneousMode', '$gpu0', HETEROGENEOUS], 'SUCCESS', { mode: 0 }],
  [
    ['nvmlDeviceGetVgpuHeterogeneousMode', '$gpu0', struct('nvmlVgpuHeterogeneousMode_v1_t')],
    'ARGUMENT_VERSION_MISMATCH',
  ],
  [
    [
      'nvmlDeviceSetVgpuHeterogeneousMode',
      '$gpu0',
      struct('nvmlVgpuHeterogeneousMode_v1_t', { version: 0x0100_0008, mode: 1 }),
    ],
    'IN_USE',
  ],
  [
    [
      'nvmlDeviceSetVgpuHeterogeneousMode',
      '$gpu0',
      struct('nvmlVgpuHeterogeneousMode_v1_t', { version: 0x0100_0008, mode: 2 }),
    ],
    'INVALID_ARGUMENT',
  ],
  [
    ['nvmlDeviceSetVgpuHeterogeneousMode', '$gpu0', struct('nvmlVgpuHeterogeneousMode_v1_t', { mode: 1 })],
    'ARGUMENT_VERSION_MISMATCH',
  ],
  [
    ['nvmlDeviceGetVgpuTypeSupportedPlacements', '$gpu0', L40_4Q, struct('nvmlVgpuPlacementList_v2_t', PLACEMENTS_2)],
    'INSUFFICIENT_SIZE',
    { placementSize: 4, count: 8 },
  ],
  [['array', 'unsigned int', 12, 'slots'], 'SUCCESS'],
  [
    [
      'nvmlDeviceGetVgpuTypeSupportedPlacements',
      '$gpu0',
      L40_4Q,
      struct('nvmlVgpuPlacementList_v2_t', { ...PLACEMENTS_2, count: 12, placementIds: { pointer: 'slots' } }),
    ],
    'SUCCESS',
    { placementSize: 4, count: 8, mode: 0 },
  ],
  [
    [
      'nvmlDeviceGetVgpuTypeSupportedPlacements',
      '$gpu0',
      L40_4Q,
      struct('nvmlVgpuPlacementList_v1_t', { version: 0x0100_0018 }),
    ],
    'INSUFFICIENT_SIZE',
    { count: 8 },
  ],
  [
    ['nvmlDeviceGetVgpuTypeSupportedPlacements', '$gpu0', L40_4Q, struct('nvmlVgpuPlacementList_v2_t')],
    'ARGUMENT_VERSION_MISMATCH',
  ],
  [
    ['nvmlDeviceGetVgpuTypeSupportedPlacements', '$gpu0', 1, struct('nvmlVgpuPlacementList_v2_t', PLACEMENTS_2)],
    'INVALID_ARGUMENT',
  ],
  [
    [
      'nvmlDeviceGetVgpuTypeSupportedPlacements',
      '$gpu0',
      L40_4Q,
      struct('nvmlVgpuPlacementList_v2_t', { ...PLACEMENTS_2, mode: 1 }),
    ],
    'NOT_SUPPORTED',
  ],
  [
    ['nvmlDeviceGetVgpuTypeCreatablePlacements', '$gpu0', L40_4Q, struct('nvmlVgpuPlacementList_v2_t', PLACEMENTS_2)],
    'SUCCESS',
    { placementSize: 4, count: 0 },
  ],
  [
    ['nvmlDeviceGetVgpuUtilization', '$gpu0', 0, int, room(2), { list: 'nvmlVgpuInstanceUtilizationSample_t', n: 2 }],
    'SUCCESS',
    1,
    2,
    [{ vgpuInstance: '{vgpu0}' }, { vgpuInstance: '{vgpu1}' }],
  ],
  [['nvmlDeviceGetVgpuUtilization', '$gpu0', 0, int, room(0), null], 'INSUFFICIENT_SIZE', 0, 2],
  [
    ['nvmlDeviceGetVgpuUtilization', '$gpu0', 0, int, room(0), { list: 'nvmlVgpuInstanceUtilizationSample_t', n: 1 }],
    'INVALID_ARGUMENT',
  ],
  [
    [
      'nvmlDeviceGetVgpuUtilization',
      '$gpu0',
      2 ** 52,
      int,
      room(2),
      { list: 'nvmlVgpuInstanceUtilizationSample_t', n: 2 },
    ],
    'NOT_FOUND',
  ],
  [['nvmlDeviceGetVgpuUtilization', '$gpu1', 0, int, room(0), null], 'SUCCESS', 1, 0],
  [['array', 'nvmlVgpuInstanceUtilizationInfo_v1_t', 2, 'uses'], 'SUCCESS'],
  [
    [
      'nvmlDeviceGetVgpuInstancesUtilizationInfo',
      '$gpu0',
      struct('nvmlVgpuInstancesUtilizationInfo_v1_t', {
        version: 0x0100_0020,
        vgpuInstanceCount: 2,
        vgpuUtilArray: { pointer: 'uses' },
      }),
    ],
    'SUCCESS',
    { sampleValType: 1, vgpuInstanceCount: 2 },
  ],
  [
    [
      'nvmlDeviceGetVgpuInstancesUtilizationInfo',
      '$gpu0',
      struct('nvmlVgpuInstancesUtilizationInfo_v1_t', { version: 0x0100_0020 }),
    ],
    'INSUFFICIENT_SIZE',
    { vgpuInstanceCount: 2 },
  ],
  [
    [
      'nvmlDeviceGetVgpuInstancesUtilizationInfo',
      '$gpu0',
      struct('nvmlVgpuInstancesUtilizationInfo_v1_t', {
        version: 0x0100_0020,
        vgpuInstanceCount: 2,
        lastSeenTimeStamp: 2 ** 52,
        vgpuUtilArray: { pointer: 'uses' },
      }),
    ],
    'NOT_FOUND',
  ],
  [
    ['nvmlDeviceGetVgpuInstancesUtilizationInfo', '$gpu0', struct('nvmlVgpuInstancesUtilizationInfo_v1_t')],
    'ARGUMENT_VERSION_MISMATCH',
  ],
  [['nvmlDeviceGetVgpuProcessUtilization', '$gpu0', 0, room(0), null], 'INSUFFICIENT_SIZE', 2],
  [
    ['nvmlDeviceGetVgpuProcessUtilization', '$gpu0', 0, room(2), { list: 'nvmlVgpuProcessUtilizationSample_t', n: 2 }],
    'SUCCESS',
    2,
    [
      { vgpuInstance: '{vgpu0}', pid: 2001, processName: 'Xorg' },
      { vgpuInstance: '{vgpu1}', pid: 2002, processName: 'Xorg' },
    ],
  ],
  [
    [
      'nvmlDeviceGetVgpuProcessUtilization',
      '$gpu0',
      2 ** 52,
      room(2),
      { list: 'nvmlVgpuProcessUtilizationSample_t', n: 2 },
    ],
    'NOT_FOUND',
  ],
  [['array', 'nvmlVgpuProcessUtilizationInfo_v1_t', 2, 'processes'], 'SUCCESS'],
  [
    [
      'nvmlDeviceGetVgpuProcessesUtilizationInfo',
      '$gpu0',
      struct('nvmlVgpuProcessesUtilizationInfo_v1_t', {
        version: 0x0100_0018,
        vgpuProcessCount: 2,
        vgpuProcUtilArray: { pointer: 'processes' },
      }),
    ],
    'SUCCESS',
    { vgpuProcessCount: 2 },
  ],
  [
    [
      'nvmlDeviceGetVgpuProcessesUtilizationInfo',
      '$gpu0',
      struct('nvmlVgpuProcessesUtilizationInfo_v1_t', { version: 0x0100_0018 }),
    ],
    'INSUFFICIENT_SIZE',
    { vgpuProcessCount: 2 },
  ],
  [
    ['nvmlDeviceGetVgpuProcessesUtilizationInfo', '$gpu0', struct('nvmlVgpuProcessesUtilizationInfo_v1_t')],
    'ARGUMENT_VERSION_MISMATCH',
  ],
  [
    ['nvmlDeviceGetVgpuSchedulerState', '$gpu0', struct('nvmlVgpuSchedulerGetState_t')],
    'SUCCESS',
    { schedulerPolicy: 1, arrMode: 0 },
  ],
  [
    ['nvmlDeviceGetVgpuSchedulerState_v2', '$gpu0', struct('nvmlVgpuSchedulerStateInfo_v2_t', { engineId: 1 })],
    'SUCCESS',
    { schedulerPolicy: 1 },
  ],
  [
    ['nvmlDeviceGetVgpuSchedulerState_v2', '$gpu0', struct('nvmlVgpuSchedulerStateInfo_v2_t', { engineId: 9 })],
    'INVALID_ARGUMENT',
  ],
  // a vGPU on the GPU: not supported, not in use
  [
    ['nvmlDeviceSetVgpuSchedulerState', '$gpu0', struct('nvmlVgpuSchedulerSetState_t', { schedulerPolicy: 2 })],
    'NOT_SUPPORTED',
  ],
  [
    ['nvmlDeviceSetVgpuSchedulerState', '$gpu0', struct('nvmlVgpuSchedulerSetState_t', { schedulerPolicy: 7 })],
    'INVALID_ARGUMENT',
  ],
  [['nvmlDeviceSetVgpuSchedulerState', '$gpu0', null], 'INVALID_ARGUMENT'],
  [
    [
      'nvmlDeviceSetVgpuSchedulerState_v2',
      '$gpu0',
      struct('nvmlVgpuSchedulerState_v2_t', { engineId: 1, schedulerPolicy: 3 }),
    ],
    'NOT_SUPPORTED',
  ],
  [
    ['nvmlDeviceGetVgpuSchedulerCapabilities', '$gpu0', struct('nvmlVgpuSchedulerCapabilities_t')],
    'SUCCESS',
    { supportedSchedulers: [1, 2, 3], maxTimeslice: 30_000_000, minTimeslice: 1_000_000, maxFrequencyForARR: 960 },
  ],
  [
    ['nvmlDeviceGetVgpuSchedulerLog', '$gpu0', struct('nvmlVgpuSchedulerLog_t')],
    'SUCCESS',
    { engineId: 1, schedulerPolicy: 1 },
  ],
  [
    ['nvmlDeviceGetVgpuSchedulerLog_v2', '$gpu0', struct('nvmlVgpuSchedulerLogInfo_v2_t', { engineId: 1 })],
    'SUCCESS',
    { engineId: 1 },
  ],
  [['nvmlDeviceGetVgpuMetadata', '$gpu0', null, room(0)], 'INSUFFICIENT_SIZE'],
  [
    ['nvmlDeviceGetVgpuMetadata', '$gpu0', { list: 'nvmlVgpuPgpuMetadata_t', n: 4, pointer: 'pgpu' }, room(512)],
    'SUCCESS',
  ],
  [['nvmlVgpuInstanceGetMetadata', '{vgpu0}', null, room(0)], 'INSUFFICIENT_SIZE'],
  [
    ['nvmlVgpuInstanceGetMetadata', '{vgpu0}', { list: 'nvmlVgpuMetadata_t', n: 4, pointer: 'vgpu' }, room(848)],
    'SUCCESS',
  ],
  [
    ['nvmlGetVgpuCompatibility', '&vgpu', '&pgpu', struct('nvmlVgpuPgpuCompatibility_t')],
    'SUCCESS',
    { vgpuVmCompatibility: 15, compatibilityLimitCode: 0 },
  ],
  [['nvmlGetVgpuCompatibility', '&pgpu', '&vgpu', struct('nvmlVgpuPgpuCompatibility_t')], 'INVALID_ARGUMENT'],
  [['nvmlGetVgpuCompatibility', '&vgpu', '&pgpu', null], 'INVALID_ARGUMENT'],
  [['nvmlDeviceVgpuForceGspUnload', '$gpu0'], 'NOT_SUPPORTED'],
  [['nvmlGetVgpuDriverCapabilities', 0, int], 'SUCCESS', 1],
  [['nvmlGetVgpuDriverCapabilities', 2, int], 'INVALID_ARGUMENT'],
  [
    ['nvmlGetVgpuVersion', struct('nvmlVgpuVersion_t'), struct('nvmlVgpuVersion_t')],
    'SUCCESS',
    { minVersion: 0x7_0001, maxVersion: 0x18_0001 },
    { minVersion: 0x7_0001, maxVersion: 0x18_0001 },
  ],
  [['nvmlSetVgpuVersion', struct('nvmlVgpuVersion_t')], 'NOT_SUPPORTED'],
  [['nvmlSetVgpuVersion', null], 'INVALID_ARGUMENT'],
  [['nvmlVgpuInstanceGetUUID', '{vgpu0}', text(80), 80], 'SUCCESS', '{uuid0}'],
  [['nvmlVgpuInstanceGetUUID', '{vgpu0}', text(80), 36], 'INSUFFICIENT_SIZE'],
  [['nvmlVgpuInstanceGetMdevUUID', '{vgpu0}', text(80), 80], 'NOT_SUPPORTED'],
  [['nvmlVgpuInstanceGetVmID', '{vgpu0}', text(80), 80, int], 'SUCCESS', '{vm0}', 1],
  [['nvmlVgpuInstanceGetVmID', '{vgpu0}', text(80), 10, int], 'INSUFFICIENT_SIZE'],
  [['nvmlVgpuInstanceGetVmDriverVersion', '{vgpu0}', text(80), 80], 'SUCCESS', '570.133.20'],
  [['nvmlVgpuInstanceGetVmDriverVersion', '{vgpu0}', text(80), 5], 'INSUFFICIENT_SIZE'],
  [['nvmlVgpuInstanceGetType', '{vgpu0}', int], 'SUCCESS', L40_4Q],
  [['nvmlVgpuInstanceGetFbUsage', '{vgpu0}', long], 'SUCCESS', 128 * MIB],
  [['nvmlVgpuInstanceGetFrameRateLimit', '{vgpu0}', int], 'SUCCESS', 60],
  [['nvmlVgpuInstanceGetLicenseStatus', '{vgpu0}', int], 'SUCCESS', 0],
  [
    ['nvmlVgpuInstanceGetLicenseInfo', '{vgpu0}', struct('nvmlVgpuLicenseInfo_t')],
    'SUCCESS',
    { isLicensed: 0, currentState: 2, licenseExpiry: { status: 3 } },
  ],
  [
    ['nvmlVgpuInstanceGetLicenseInfo_v2', '{vgpu0}', struct('nvmlVgpuLicenseInfo_t')],
    'SUCCESS',
    { isLicensed: 0, currentState: 2 },
  ],
  [['nvmlVgpuInstanceGetEccMode', '{vgpu0}', int], 'SUCCESS', 0],
  [
    ['nvmlVgpuInstanceGetPlacementId', '{vgpu0}', struct('nvmlVgpuPlacementId_v1_t', { version: 0x0100_0008 })],
    'SUCCESS',
    { placementId: 65_535 },
  ],
  [['nvmlVgpuInstanceGetPlacementId', '{vgpu0}', struct('nvmlVgpuPlacementId_v1_t')], 'ARGUMENT_VERSION_MISMATCH'],
  [['nvmlVgpuInstanceGetGpuPciId', '{vgpu0}', text(32), room(32)], 'SUCCESS', '00000000:00:05.0', 17],
  [['nvmlVgpuInstanceGetGpuPciId', '{vgpu0}', null, room(0)], 'INSUFFICIENT_SIZE', 17],
  [['nvmlVgpuInstanceGetGpuInstanceId', '{vgpu0}', int], 'SUCCESS', 0xffff_ffff],
  [
    ['nvmlVgpuInstanceGetRuntimeStateSize', '{vgpu0}', struct('nvmlVgpuRuntimeState_v1_t', { version: 0x0100_0010 })],
    'SUCCESS',
  ],
  [
    ['nvmlVgpuInstanceGetRuntimeStateSize', '{vgpu0}', struct('nvmlVgpuRuntimeState_v1_t')],
    'ARGUMENT_VERSION_MISMATCH',
  ],
  [['nvmlVgpuInstanceGetEncoderCapacity', '{vgpu0}', int], 'SUCCESS', 100],
  [['nvmlVgpuInstanceSetEncoderCapacity', '{vgpu0}', 101], 'INVALID_ARGUMENT'],
  [['nvmlVgpuInstanceSetEncoderCapacity', '{vgpu0}', 40], 'SUCCESS'],
  [['nvmlVgpuInstanceGetEncoderCapacity', '{vgpu0}', int], 'SUCCESS', 40],
  [['nvmlVgpuInstanceGetEncoderStats', '{vgpu1}', int, int, int], 'SUCCESS', 1, 60, 1425],
  [['nvmlVgpuInstanceGetEncoderSessions', '{vgpu1}', room(0), null], 'INSUFFICIENT_SIZE', 1],
  [
    ['nvmlVgpuInstanceGetEncoderSessions', '{vgpu1}', room(1), { list: 'nvmlEncoderSessionInfo_t', n: 1 }],
    'SUCCESS',
    1,
    [{ vgpuInstance: '{vgpu1}', pid: 2002, hResolution: 1920 }],
  ],
  [['nvmlVgpuInstanceGetFBCStats', '{vgpu1}', struct('nvmlFBCStats_t')], 'SUCCESS', { sessionsCount: 1 }],
  [['nvmlVgpuInstanceGetFBCSessions', '{vgpu1}', room(0), null], 'INSUFFICIENT_SIZE', 1],
  [
    ['nvmlVgpuInstanceGetFBCSessions', '{vgpu1}', room(1), { list: 'nvmlFBCSessionInfo_t', n: 1 }],
    'SUCCESS',
    1,
    [{ vgpuInstance: '{vgpu1}', pid: 2002 }],
  ],
  [['nvmlVgpuInstanceGetAccountingMode', '{vgpu0}', int], 'SUCCESS', 0],
  [['nvmlVgpuInstanceGetAccountingPids', '{vgpu0}', room(4), ints(4)], 'NOT_SUPPORTED'],
  [['nvmlVgpuInstanceGetAccountingStats', '{vgpu0}', 2001, struct('nvmlAccountingStats_t')], 'NOT_SUPPORTED'],
  [['nvmlVgpuInstanceClearAccountingPids', '{vgpu0}'], 'NOT_SUPPORTED'],
  [['nvmlVgpuTypeGetName', L40_4Q, text(64), room(64)], 'SUCCESS', 'NVIDIA L40-4Q', 14],
  [['nvmlVgpuTypeGetName', L40_4Q, text(64), room(3)], 'INSUFFICIENT_SIZE', '?'.repeat(63), 14],
  [['nvmlVgpuTypeGetClass', L40_4Q, text(64), room(64)], 'SUCCESS', 'Quadro', 7],
  [['nvmlVgpuTypeGetClass', L40_4Q, text(64), room(0)], 'INSUFFICIENT_SIZE', '?'.repeat(63), 7],
  [
    ['nvmlVgpuTypeGetLicense', L40_4Q, text(128), 128],
    'SUCCESS',
    'Quadro-Virtual-DWS,5.0;GRID-Virtual-WS,2.0;GRID-Virtual-WS-Ext,2.0',
  ],
  [['nvmlVgpuTypeGetLicense', L40_4Q, text(128), 4], 'INSUFFICIENT_SIZE'],
  [['nvmlVgpuTypeGetFramebufferSize', L40_4Q, long], 'SUCCESS', 4096 * MIB],
  [['nvmlVgpuTypeGetFbReservation', L40_4Q, long], 'SUCCESS'],
  [['nvmlVgpuTypeGetGspHeapSize', L40_4Q, long], 'SUCCESS'],
  [['nvmlVgpuTypeGetBAR1Info', L40_4Q, struct('nvmlVgpuTypeBar1Info_v1_t', { version: 0x0100_0010 })], 'SUCCESS'],
  [['nvmlVgpuTypeGetBAR1Info', L40_4Q, struct('nvmlVgpuTypeBar1Info_v1_t')], 'ARGUMENT_VERSION_MISMATCH'],
  [['nvmlVgpuTypeGetDeviceID', L40_4Q, long, long], 'SUCCESS', 0x26b5_10de, 0x26b5_1772],
  [['nvmlVgpuTypeGetNumDisplayHeads', L40_4Q, int], 'SUCCESS', 4],
  [['nvmlVgpuTypeGetResolution', L40_4Q, 0, int, int], 'SUCCESS', 7680, 4320],
  [['nvmlVgpuTypeGetResolution', L40_4Q, 4, int, int], 'INVALID_ARGUMENT'],
  [['nvmlVgpuTypeGetFrameRateLimit', L40_4Q, int], 'SUCCESS', 60],
  [['nvmlVgpuTypeGetMaxInstances', '$gpu0', L40_4Q, int], 'SUCCESS', 12],
  [['nvmlVgpuTypeGetMaxInstances', '$gpu0', 1, int], 'INVALID_ARGUMENT'],
  [['nvmlVgpuTypeGetMaxInstancesPerVm', L40_4Q, int], 'SUCCESS', 16],
  [
    [
      'nvmlVgpuTypeGetMaxInstancesPerGpuInstance',
      struct('nvmlVgpuTypeMaxInstance_v1_t', { version: 0x0100_000c, vgpuTypeId: L40_4Q }),
    ],
    'NOT_SUPPORTED',
  ],
  [['nvmlVgpuTypeGetMaxInstancesPerGpuInstance', struct('nvmlVgpuTypeMaxInstance_v1_t')], 'ARGUMENT_VERSION_MISMATCH'],
  [['nvmlVgpuTypeGetGpuInstanceProfileId', L40_4Q, int], 'SUCCESS', 0xffff_ffff],
  [['nvmlVgpuTypeGetCapabilities', L40_4Q, 0, int], 'SUCCESS', 0],
  [['nvmlVgpuTypeGetCapabilities', L40_4Q, 5, int], 'INVALID_ARGUMENT'],
  ...ofVgpu(0, 'INVALID_ARGUMENT'),
  ...ofVgpu(77, 'NOT_FOUND'),
  ...ofHost(1234, 'INVALID_ARGUMENT'),
  ...OF_A_TYPE.map(([name, ...args]): Row => [[name, 1, ...args], 'INVALID_ARGUMENT']),
  ...GPU_INSTANCE.split(' ').map(
    (name): Row => [[`nvmlGpuInstance${name}`, 1, struct('nvmlAccountingStats_t')], 'INVALID_ARGUMENT'],
  ),
])

scenario(
  'accounting, and a vGPU without an encoder at work',
  [...RUNNING, 'gpu accounting on --gpu 0'],
  [
    [['nvmlVgpuInstanceGetAccountingMode', '{vgpu0}', int], 'SUCCESS', 1],
    [['nvmlVgpuInstanceGetAccountingPids', '{vgpu0}', room(0), null], 'INSUFFICIENT_SIZE', 1],
    [['nvmlVgpuInstanceGetAccountingPids', '{vgpu0}', room(1), ints(1)], 'SUCCESS', 1, [2001]],
    [
      ['nvmlVgpuInstanceGetAccountingStats', '{vgpu0}', 2001, struct('nvmlAccountingStats_t')],
      'SUCCESS',
      { isRunning: 1, maxMemoryUsage: 128 * MIB },
    ],
    [['nvmlVgpuInstanceGetAccountingStats', '{vgpu0}', 5, struct('nvmlAccountingStats_t')], 'NOT_FOUND'],
    [['nvmlVgpuInstanceClearAccountingPids', '{vgpu0}'], 'SUCCESS'],
    [['nvmlDeviceGetAccountingPids', '$gpu0', room(4), ints(4)], 'SUCCESS', 2, [1001, 1003, 0, 0]],
    [['nvmlDeviceGetAccountingStats', '$gpu0', 5, struct('nvmlAccountingStats_t')], 'NOT_FOUND'],
  ],
)

scenario(
  'a server that only reads',
  [...RUNNING, 'gpu accounting on --gpu 0'],
  [
    [['nvmlVgpuInstanceClearAccountingPids', '{vgpu0}'], 'NO_PERMISSION'],
    [['nvmlVgpuInstanceSetEncoderCapacity', '{vgpu0}', 40], 'NO_PERMISSION'],
    [['nvmlDeviceSetVgpuHeterogeneousMode', '$gpu0', HETEROGENEOUS], 'NO_PERMISSION'],
    [
      ['nvmlDeviceSetVgpuSchedulerState', '$gpu0', struct('nvmlVgpuSchedulerSetState_t', { schedulerPolicy: 1 })],
      'NO_PERMISSION',
    ],
    [['nvmlVgpuInstanceGetType', '{vgpu0}', int], 'SUCCESS', L40_4Q],
  ],
  ['--still', '--read-only'],
)

scenario(
  'mixed sizes',
  [
    'host init --gpus 2 --force',
    'vf enable 8 --gpu 0',
    'gpu mode heterogeneous --gpu 0',
    'vgpu create --type L40-8Q --gpu 0',
  ],
  [
    [['nvmlDeviceGetVgpuHeterogeneousMode', '$gpu0', HETEROGENEOUS], 'SUCCESS', { mode: 1 }],
    [
      ['nvmlVgpuInstanceGetPlacementId', '{vgpu0}', struct('nvmlVgpuPlacementId_v1_t', { version: 0x0100_0008 })],
      'SUCCESS',
      { placementId: 0 },
    ],
    [['array', 'unsigned int', 16, 'slots'], 'SUCCESS'],
    [
      [
        'nvmlDeviceGetVgpuTypeCreatablePlacements',
        '$gpu0',
        L40_4Q,
        struct('nvmlVgpuPlacementList_v2_t', { ...PLACEMENTS_2, count: 16, placementIds: { pointer: 'slots' } }),
      ],
      'SUCCESS',
      { placementSize: 4, count: 7 },
    ],
    [
      [
        'nvmlDeviceSetVgpuHeterogeneousMode',
        '$gpu1',
        struct('nvmlVgpuHeterogeneousMode_v1_t', { version: 0x0100_0008, mode: 1 }),
      ],
      'INVALID_ARGUMENT',
    ],
  ],
)

scenario(
  'a guest without a driver, and a vGPU without a limit',
  [
    'host init --gpus 2 --force',
    'vf enable 8 --gpu 0',
    'vgpu create --type L40-4C --gpu 0 --name desk1 --no-start',
    'vgpu attach desk1 --vm win --guest-os windows',
  ],
  [
    [['nvmlVgpuInstanceGetVmDriverVersion', '{vgpu0}', text(80), 80], 'SUCCESS', 'Not Available'],
    [['nvmlVgpuInstanceGetLicenseInfo', '{vgpu0}', struct('nvmlVgpuLicenseInfo_t')], 'DRIVER_NOT_LOADED'],
    [['nvmlVgpuInstanceGetLicenseInfo_v2', '{vgpu0}', struct('nvmlVgpuLicenseInfo_t')], 'DRIVER_NOT_LOADED'],
    [['nvmlVgpuInstanceGetFrameRateLimit', '{vgpu0}', int], 'NOT_SUPPORTED'],
    [['nvmlVgpuInstanceGetEccMode', '{vgpu0}', int], 'NOT_SUPPORTED'],
    [['nvmlVgpuInstanceGetGpuPciId', '{vgpu0}', text(32), room(32)], 'SUCCESS', '00000000:00:00.0', 17],
    [['nvmlVgpuInstanceGetEncoderSessions', '{vgpu0}', room(0), null], 'SUCCESS', 0],
    [
      [
        'nvmlDeviceGetVgpuProcessUtilization',
        '$gpu0',
        0,
        room(2),
        { list: 'nvmlVgpuProcessUtilizationSample_t', n: 2 },
      ],
      'NOT_FOUND',
    ],
  ],
)

scenario(
  'vGPU support is off',
  ['host init --gpus 2 --no-vgpu --force'],
  [
    ...ofHost('$gpu0', 'NOT_SUPPORTED'),
    [['nvmlGetVgpuDriverCapabilities', 0, int], 'NOT_SUPPORTED'],
    [['nvmlVgpuTypeGetGpuInstanceProfileId', L40_4Q, int], 'NOT_SUPPORTED'],
  ],
)

scenario(
  'a GPU that is lost',
  ['host init --gpus 2 --force', 'gpu unbind 1'],
  ofHost({ word: '0x4e56000100000002' }, 'GPU_IS_LOST'),
)

describe('the 80 vGPU functions', () => {
  it('H 1: are all called by these tests', () => {
    const names = Object.keys(JSON.parse(readFileSync(GOLDEN, 'utf8')).functions)
    const vgpu = names.filter((name) => /vgpu/i.test(name.replace(/^nvml/, '')) && !/Pgpu/.test(name))
    expect(vgpu).toHaveLength(80)
    expect(vgpu.filter((name) => !CALLED.has(name))).toEqual([])
  })
})
