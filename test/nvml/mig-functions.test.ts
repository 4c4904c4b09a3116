import { describe, expect, it } from 'vitest'
import { nvmlFunctions } from '../../src/abi/nvml/functions.ts'
import { rowOf } from '../../src/nvml/functions/rows.ts'
import { CALLED, type Row, scenario } from './scenario.ts'

const int = { out: 'unsigned int' }
const room = (n: number) => ({ out: 'unsigned int', set: n })
const long = { out: 'unsigned long long' }
const keep = (name: string) => ({ keep: name })
const handles = (n: number) => ({ array: 'unsigned long long', n })
const text = (n: number) => ({ text: n })
const struct = (name: string, set: object = {}) => ({ struct: name, set })
const MIB = 1_048_576
const places = (n: number) => ({ list: 'nvmlGpuInstancePlacement_t', n })

const SETUP = ['host init --board A100-SXM4-40GB --gpus 2 --profile vgpu17 --force']

scenario('MIG off', SETUP, [
  [['nvmlDeviceGetMigMode', '$gpu0', int, int], 'SUCCESS', 0, 0],
  [['nvmlDeviceGetMaxMigDeviceCount', '$gpu0', int], 'SUCCESS', 0],
  [['nvmlDeviceIsMigDeviceHandle', '$gpu0', int], 'SUCCESS', 0],
  [
    ['nvmlDeviceGetGpuInstanceProfileInfo', '$gpu0', 2, struct('nvmlGpuInstanceProfileInfo_t')],
    'SUCCESS',
    { id: 9, sliceCount: 3, instanceCount: 2, multiprocessorCount: 42, copyEngineCount: 3, memorySizeMB: 20_096 },
  ],
  [['nvmlDeviceGetGpuInstanceProfileInfo', '$gpu0', 10, struct('nvmlGpuInstanceProfileInfo_t')], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetGpuInstanceProfileInfo', '$gpu0', 18, struct('nvmlGpuInstanceProfileInfo_t')], 'INVALID_ARGUMENT'],
  [
    [
      'nvmlDeviceGetGpuInstanceProfileInfoV',
      '$gpu0',
      7,
      struct('nvmlGpuInstanceProfileInfo_v2_t', { version: 0x0200_0098 }),
    ],
    'SUCCESS',
    { id: 20, isP2pSupported: 0, jpegCount: 1, ofaCount: 1, name: 'MIG 1g.5gb+me' },
  ],
  [
    [
      'nvmlDeviceGetGpuInstanceProfileInfoByIdV',
      '$gpu0',
      15,
      struct('nvmlGpuInstanceProfileInfo_v3_t', { version: 0x0300_0098 }),
    ],
    'SUCCESS',
    { id: 15, sliceCount: 1, memorySizeMB: 9984, name: 'MIG 1g.10gb', capabilities: 0 },
  ],
  [
    ['nvmlDeviceGetGpuInstanceProfileInfoV', '$gpu0', 0, struct('nvmlGpuInstanceProfileInfo_v2_t')],
    'ARGUMENT_VERSION_MISMATCH',
  ],
  [['nvmlDeviceGetGpuInstanceRemainingCapacity', '$gpu0', 9, int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetGpuInstancePossiblePlacements_v2', '$gpu0', 9, null, room(0)], 'NOT_SUPPORTED'],
  [['nvmlDeviceCreateGpuInstance', '$gpu0', 9, long], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetGpuInstances', '$gpu0', 9, handles(2), int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetGpuInstanceById', '$gpu0', 1, long], 'NOT_SUPPORTED'],
  [['nvmlDeviceSetMigMode', '$gpu0', 2, int], 'INVALID_ARGUMENT'],
  [['nvmlDeviceSetMigMode', '$gpu0', 1, null], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetGpuInstanceId', '$gpu0', int], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetDeviceHandleFromMigDeviceHandle', '$gpu0', long], 'NOT_SUPPORTED'],
])

const INSTANCE: readonly Row[] = [
  [['nvmlDeviceSetMigMode', '$gpu0', 1, int], 'SUCCESS', 0],
  [['nvmlDeviceGetMigMode', '$gpu0', int, int], 'SUCCESS', 1, 1],
  [['nvmlDeviceGetMigMode', '$gpu1', int, int], 'SUCCESS', 0, 0],
  [['nvmlDeviceGetMaxMigDeviceCount', '$gpu0', int], 'SUCCESS', 7],
  [['nvmlDeviceGetUtilizationRates', '$gpu0', struct('nvmlUtilization_t')], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetMigDeviceHandleByIndex', '$gpu0', 0, long], 'NOT_FOUND'],
  [
    ['nvmlDeviceGetGpuInstancePossiblePlacements_v2', '$gpu0', 9, places(2), room(2)],
    'SUCCESS',
    [
      { start: 0, size: 4 },
      { start: 4, size: 4 },
    ],
    2,
  ],
  [['nvmlDeviceGetGpuInstancePossiblePlacements_v2', '$gpu0', 9, null, room(0)], 'SUCCESS', 2],
  [['nvmlDeviceGetGpuInstancePossiblePlacements_v2', '$gpu0', 9, places(1), room(1)], 'INSUFFICIENT_SIZE'],
  [['nvmlDeviceGetGpuInstancePossiblePlacements', '$gpu0', 5, places(1), int], 'SUCCESS', [{ start: 0, size: 4 }], 1],
  [['nvmlDeviceGetGpuInstanceRemainingCapacity', '$gpu0', 9, int], 'SUCCESS', 2],
  [['nvmlDeviceGetGpuInstanceRemainingCapacity', '$gpu0', 8, int], 'INVALID_ARGUMENT'],
  [['nvmlDeviceCreateGpuInstance', '$gpu0', 9, keep('gi')], 'SUCCESS'],
  [
    ['nvmlGpuInstanceGetInfo', '$gi', struct('nvmlGpuInstanceInfo_t')],
    'SUCCESS',
    { id: 2, profileId: 9, placement: { start: 4, size: 4 } },
  ],
  [
    [
      'nvmlDeviceCreateGpuInstanceWithPlacement',
      '$gpu0',
      19,
      struct('nvmlGpuInstancePlacement_t', { start: 3, size: 1 }),
      keep('small'),
    ],
    'SUCCESS',
  ],
  [
    [
      'nvmlDeviceCreateGpuInstanceWithPlacement',
      '$gpu0',
      19,
      struct('nvmlGpuInstancePlacement_t', { start: 3, size: 2 }),
      long,
    ],
    'INVALID_ARGUMENT',
  ],
  [['nvmlDeviceCreateGpuInstance', '$gpu0', 9, long], 'INSUFFICIENT_RESOURCES'],
  [['nvmlDeviceCreateGpuInstance', '$gpu0', 9, null], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetGpuInstanceRemainingCapacity', '$gpu0', 9, int], 'SUCCESS', 0],
  [['nvmlDeviceGetGpuInstances', '$gpu0', 9, handles(2), int], 'SUCCESS', [Number(0x4e56_0003_0000_0011n), 0], 1],
  [['nvmlDeviceGetGpuInstanceById', '$gpu0', 10, long], 'SUCCESS'],
  [['nvmlDeviceGetGpuInstanceById', '$gpu0', 7, long], 'NOT_FOUND'],
  [['nvmlDeviceSetMigMode', '$gpu0', 0, int], 'IN_USE'],
]

const COMPUTE: readonly Row[] = [
  [
    ['nvmlGpuInstanceGetComputeInstanceProfileInfo', '$gi', 2, 0, struct('nvmlComputeInstanceProfileInfo_t')],
    'SUCCESS',
    { id: 2, sliceCount: 3, instanceCount: 1, multiprocessorCount: 42, sharedDecoderCount: 2 },
  ],
  [
    ['nvmlGpuInstanceGetComputeInstanceProfileInfo', '$gi', 3, 0, struct('nvmlComputeInstanceProfileInfo_t')],
    'NOT_SUPPORTED',
  ],
  [
    ['nvmlGpuInstanceGetComputeInstanceProfileInfo', '$gi', 2, 1, struct('nvmlComputeInstanceProfileInfo_t')],
    'INVALID_ARGUMENT',
  ],
  [
    [
      'nvmlGpuInstanceGetComputeInstanceProfileInfoV',
      '$gi',
      0,
      0,
      struct('nvmlComputeInstanceProfileInfo_v2_t', { version: 0x0200_0088 }),
    ],
    'SUCCESS',
    { id: 0, multiprocessorCount: 14, name: 'MIG 1c.3g.20gb' },
  ],
  [
    [
      'nvmlGpuInstanceGetComputeInstanceProfileInfoV',
      '$gi',
      0,
      0,
      struct('nvmlComputeInstanceProfileInfo_v3_t', { version: 0x0300_008c }),
    ],
    'SUCCESS',
    { id: 0, capabilities: 0 },
  ],
  [
    [
      'nvmlGpuInstanceGetComputeInstancePossiblePlacements',
      '$gi',
      0,
      { list: 'nvmlComputeInstancePlacement_t', n: 3 },
      room(3),
    ],
    'SUCCESS',
    [
      { start: 0, size: 1 },
      { start: 1, size: 1 },
      { start: 2, size: 1 },
    ],
    3,
  ],
  [['nvmlGpuInstanceCreateComputeInstance', '$gi', 0, keep('ci')], 'SUCCESS'],
  [['nvmlGpuInstanceCreateComputeInstance', '$gi', 2, long], 'INSUFFICIENT_RESOURCES'],
  [
    [
      'nvmlGpuInstanceCreateComputeInstanceWithPlacement',
      '$gi',
      0,
      struct('nvmlComputeInstancePlacement_t', { start: 2, size: 1 }),
      keep('far'),
    ],
    'SUCCESS',
  ],
  [['nvmlGpuInstanceGetComputeInstanceRemainingCapacity', '$gi', 0, int], 'SUCCESS', 1],
  [['nvmlGpuInstanceGetComputeInstanceRemainingCapacity', '$gi', 4, int], 'INVALID_ARGUMENT'],
  [['nvmlGpuInstanceGetComputeInstances', '$gi', 0, handles(3), int], 'SUCCESS'],
  [['nvmlGpuInstanceGetComputeInstanceById', '$gi', 1, long], 'SUCCESS'],
  [['nvmlGpuInstanceGetComputeInstanceById', '$gi', 2, long], 'NOT_FOUND'],
  [
    ['nvmlComputeInstanceGetInfo_v2', '$far', struct('nvmlComputeInstanceInfo_t')],
    'SUCCESS',
    { id: 1, profileId: 0, placement: { start: 2, size: 1 } },
  ],
  [['nvmlComputeInstanceGetInfo', '$ci', struct('nvmlComputeInstanceInfo_t')], 'SUCCESS', { id: 0 }],
  [['nvmlGpuInstanceDestroy', '$gi'], 'IN_USE'],
]

const DEVICES: readonly Row[] = [
  [['nvmlDeviceGetMigDeviceHandleByIndex', '$gpu0', 1, keep('mig')], 'SUCCESS'],
  [['nvmlDeviceGetMigDeviceHandleByIndex', '$gpu0', 2, long], 'NOT_FOUND'],
  [['nvmlDeviceIsMigDeviceHandle', '$mig', int], 'SUCCESS', 1],
  [['nvmlDeviceGetGpuInstanceId', '$mig', int], 'SUCCESS', 2],
  [['nvmlDeviceGetComputeInstanceId', '$mig', int], 'SUCCESS', 1],
  [['nvmlDeviceGetIndex', '$mig', int], 'SUCCESS', 1],
  [['nvmlDeviceGetName', '$mig', text(96), 96], 'SUCCESS', 'NVIDIA A100-SXM4-40GB MIG 1c.3g.20gb'],
  [['nvmlDeviceGetUUID', '$mig', text(96), 96], 'SUCCESS'],
  [
    ['nvmlDeviceGetAttributes_v2', '$mig', struct('nvmlDeviceAttributes_t')],
    'SUCCESS',
    { multiprocessorCount: 14, gpuInstanceSliceCount: 3, computeInstanceSliceCount: 1, memorySizeMB: 20_096 },
  ],
  [['nvmlDeviceGetAttributes', '$gpu0', struct('nvmlDeviceAttributes_t')], 'NOT_SUPPORTED'],
  [['nvmlDeviceGetMemoryInfo', '$mig', struct('nvmlMemory_t')], 'SUCCESS', { total: 20_096 * MIB, used: 0 }],
  [['nvmlDeviceGetBAR1MemoryInfo', '$mig', struct('nvmlBAR1Memory_t')], 'SUCCESS', { bar1Total: 32_767 * MIB }],
  [['nvmlDeviceGetComputeRunningProcesses_v3', '$mig', room(0), null], 'SUCCESS', 0],
  [['nvmlDeviceGetDeviceHandleFromMigDeviceHandle', '$mig', keep('parent')], 'SUCCESS'],
  [['nvmlDeviceGetIndex', '$parent', int], 'SUCCESS', 0],
  [['nvmlDeviceGetTemperature', '$mig', 0, int], 'INVALID_ARGUMENT'],
  // the call succeeds, and each field says that a MIG device has none
  [
    ['nvmlDeviceGetFieldValues', '$mig', 2, { list: 'nvmlFieldValue_t', n: 2 }],
    'SUCCESS',
    [{ nvmlReturn: 2 }, { nvmlReturn: 2 }],
  ],
  [['nvmlDeviceGetGraphicsRunningProcesses_v3', '$mig', room(0), null], 'SUCCESS', 0],
  [['nvmlDeviceGetMPSComputeRunningProcesses_v3', '$mig', room(0), null], 'SUCCESS', 0],
  [['nvmlComputeInstanceDestroy', '$far'], 'SUCCESS'],
  [['nvmlComputeInstanceDestroy', '$far'], 'INVALID_ARGUMENT'],
  [['nvmlDeviceGetUUID', '$mig', text(96), 96], 'INVALID_ARGUMENT'],
  [['nvmlComputeInstanceDestroy', '$ci'], 'SUCCESS'],
  [['nvmlGpuInstanceDestroy', '$gi'], 'SUCCESS'],
  [['nvmlGpuInstanceGetInfo', '$gi', struct('nvmlGpuInstanceInfo_t')], 'INVALID_ARGUMENT'],
  [['nvmlGpuInstanceDestroy', '$small'], 'SUCCESS'],
  [['nvmlDeviceSetMigMode', '$gpu0', 0, int], 'SUCCESS', 0],
  [['nvmlDeviceGetMigMode', '$gpu0', int, int], 'SUCCESS', 0, 0],
]

scenario('the life of GPU and compute instances', SETUP, [...INSTANCE, ...COMPUTE, ...DEVICES])

scenario(
  'a GPU whose mode waits for a reset, and a server that only reads',
  [...SETUP, 'vf enable 2 --gpu 1'],
  [
    [['nvmlDeviceSetMigMode', '$gpu1', 1, int], 'SUCCESS', 19],
    [['nvmlDeviceGetMigMode', '$gpu1', int, int], 'SUCCESS', 0, 1],
  ],
)

scenario(
  'rule 44: a client without the right',
  [...SETUP, 'mig enable 0', 'mig create 9 -C --gpu 0'],
  [
    [['nvmlDeviceSetMigMode', '$gpu1', 1, int], 'NO_PERMISSION'],
    [['nvmlDeviceCreateGpuInstance', '$gpu0', 9, long], 'NO_PERMISSION'],
    [['nvmlDeviceGetGpuInstanceById', '$gpu0', 2, keep('gi')], 'SUCCESS'],
    [['nvmlGpuInstanceDestroy', '$gi'], 'NO_PERMISSION'],
  ],
  ['--read-only'],
)

const SHARED =
  'GetVgpuTypeCreatablePlacements GetVgpuHeterogeneousMode SetVgpuHeterogeneousMode GetVgpuSchedulerState GetVgpuSchedulerState_v2 SetVgpuSchedulerState SetVgpuSchedulerState_v2 GetVgpuSchedulerLog GetVgpuSchedulerLog_v2'

scenario(
  'rule 39: a GPU instance of a chip on which one vGPU has it alone',
  [...SETUP, 'mig enable 0', 'mig create 9 --gpu 0'],
  [
    [['nvmlDeviceGetGpuInstanceById', '$gpu0', 2, keep('gi')], 'SUCCESS'],
    ...SHARED.split(' ').map(
      (name): Row => [[`nvmlGpuInstance${name}`, '$gi', struct('nvmlVgpuHeterogeneousMode_v1_t')], 'NOT_SUPPORTED'],
    ),
    [
      ['nvmlGpuInstanceGetActiveVgpus', '$gi', struct('nvmlActiveVgpuInstanceInfo_v1_t', { version: 0x0100_0010 })],
      'SUCCESS',
      { vgpuCount: 0 },
    ],
  ],
)

const ids = (name: string) => struct(name, { version: 0x0100_0010 })

scenario(
  'a vGPU on a GPU instance',
  [...SETUP, 'mig enable 0', 'vf enable 4 --gpu 0', 'mig create 9 14 --gpu 0', 'vgpu create --type A100X-3-20C'],
  [
    [['nvmlDeviceGetGpuInstanceById', '$gpu0', 2, keep('gi')], 'SUCCESS'],
    [['nvmlDeviceGetGpuInstanceById', '$gpu0', 3, keep('other')], 'SUCCESS'],
    [['nvmlVgpuInstanceGetGpuInstanceId', '{vgpu0}', int], 'SUCCESS', 2],
    [['nvmlVgpuTypeGetGpuInstanceProfileId', 465, int], 'SUCCESS', 9],
    [
      ['nvmlGpuInstanceGetActiveVgpus', '$gi', ids('nvmlActiveVgpuInstanceInfo_v1_t')],
      'INSUFFICIENT_SIZE',
      { vgpuCount: 1 },
    ],
    [['nvmlGpuInstanceGetActiveVgpus', '$other', ids('nvmlActiveVgpuInstanceInfo_v1_t')], 'SUCCESS', { vgpuCount: 0 }],
    [['nvmlGpuInstanceGetCreatableVgpus', '$gi', ids('nvmlVgpuTypeIdInfo_v1_t')], 'SUCCESS', { vgpuCount: 0 }],
    [
      ['nvmlGpuInstanceGetCreatableVgpus', '$other', ids('nvmlVgpuTypeIdInfo_v1_t')],
      'INSUFFICIENT_SIZE',
      { vgpuCount: 1 },
    ],
    [['nvmlGpuInstanceDestroy', '$gi'], 'IN_USE'],
  ],
)

describe('functions of MIG', () => {
  it('H 1: every one that is served is called here', () => {
    const ours = nvmlFunctions()
      .map(({ name }) => name)
      .filter((name) => /Mig|GpuInstance|ComputeInstance|GetAttributes/.test(name) && !/^nvmlVgpu/.test(name))
      .filter((name) => rowOf(name) !== undefined)
    expect(ours.length).toBeGreaterThan(40)
    expect(ours.filter((name) => !CALLED.has(name))).toEqual([])
  })
})
