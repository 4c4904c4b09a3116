import { type Row, scenario } from './scenario.ts'

/** INVENTED figures, as in the tests of the engine. */
const FIGURES = 'framebuffer=97887,bar1=128G,vfBar1=2G,vmmuSegment=256M'
const SETUP = [
  `host init --board RTX-PRO-6000-Blackwell-SE --profile vgpu17 --figures ${FIGURES} --force`,
  'mig enable 0',
  'vf enable 8 --gpu 0',
  'mig create 47 47 --gpu 0',
]
const int = { out: 'unsigned int' }
const keep = (name: string) => ({ keep: name })
const struct = (name: string, set: object = {}) => ({ struct: name, set })
const mode = (on: number) => struct('nvmlVgpuHeterogeneousMode_v1_t', { version: 0x0100_0008, mode: on })
const places = (vgpuTypeId: number) =>
  struct('nvmlVgpuCreatablePlacementInfo_v1_t', { version: 0x0100_0020, vgpuTypeId, count: 0 })
const ids = (name: string) => struct(name, { version: 0x0100_0010 })
/** Numbers of the type DC-1-3Q, DC-1-6Q and DC-1-8Q, and of the capabilities about turns on GPU instances. */
const TYPE = { '3Q': 1549, '6Q': 1553, '8Q': 1555 }
const SUPPORTED = 10
const ENABLED = 11

const HANDLES: Row[] = [
  [['nvmlDeviceGetGpuInstanceById', '$gpu0', 3, keep('gi')], 'SUCCESS'],
  [['nvmlDeviceGetGpuInstanceById', '$gpu0', 4, keep('other')], 'SUCCESS'],
]

scenario('rule 38: mixed sizes are a mode of a GPU instance', SETUP, [
  ...HANDLES,
  [['nvmlGpuInstanceGetVgpuHeterogeneousMode', '$gi', mode(9)], 'SUCCESS', { mode: 0 }],
  [['nvmlGpuInstanceSetVgpuHeterogeneousMode', '$gi', mode(2)], 'INVALID_ARGUMENT'],
  [['nvmlGpuInstanceSetVgpuHeterogeneousMode', '$gi', mode(1)], 'SUCCESS'],
  [['nvmlGpuInstanceGetVgpuHeterogeneousMode', '$gi', mode(9)], 'SUCCESS', { mode: 1 }],
  [['nvmlGpuInstanceGetVgpuHeterogeneousMode', '$other', mode(9)], 'SUCCESS', { mode: 0 }],
])

scenario(
  'rule 37: vGPUs on a GPU instance, and the places beside them',
  [...SETUP, 'vgpu create --type DC-1-6Q', 'vgpu create --type DC-1-6A'],
  [
    ...HANDLES,
    [['nvmlGpuInstanceSetVgpuHeterogeneousMode', '$gi', mode(1)], 'IN_USE'],
    [
      ['nvmlGpuInstanceGetActiveVgpus', '$gi', ids('nvmlActiveVgpuInstanceInfo_v1_t')],
      'INSUFFICIENT_SIZE',
      { vgpuCount: 2 },
    ],
    [['nvmlGpuInstanceGetActiveVgpus', '$other', ids('nvmlActiveVgpuInstanceInfo_v1_t')], 'SUCCESS', { vgpuCount: 0 }],
    [
      ['nvmlGpuInstanceGetCreatableVgpus', '$gi', ids('nvmlVgpuTypeIdInfo_v1_t')],
      'INSUFFICIENT_SIZE',
      { vgpuCount: 2 },
    ],
    [
      ['nvmlGpuInstanceGetCreatableVgpus', '$other', ids('nvmlVgpuTypeIdInfo_v1_t')],
      'INSUFFICIENT_SIZE',
      { vgpuCount: 19 },
    ],
    [
      ['nvmlGpuInstanceGetVgpuTypeCreatablePlacements', '$gi', places(TYPE['6Q'])],
      'INSUFFICIENT_SIZE',
      { count: 2, placementSize: 6 },
    ],
    [
      ['nvmlGpuInstanceGetVgpuTypeCreatablePlacements', '$other', places(TYPE['8Q'])],
      'INSUFFICIENT_SIZE',
      { count: 3, placementSize: 8 },
    ],
    [['nvmlGpuInstanceGetVgpuTypeCreatablePlacements', '$gi', places(TYPE['3Q'])], 'SUCCESS', { count: 0 }],
    [['nvmlGpuInstanceGetVgpuTypeCreatablePlacements', '$gi', places(1)], 'INVALID_ARGUMENT'],
  ],
)

scenario('rule 41: turns on GPU instances are switched off and on', SETUP, [
  [['nvmlDeviceGetVgpuCapabilities', '$gpu0', SUPPORTED, int], 'SUCCESS', 1],
  [['nvmlDeviceGetVgpuCapabilities', '$gpu0', ENABLED, int], 'SUCCESS', 1],
  [['nvmlDeviceSetVgpuCapabilities', '$gpu0', ENABLED, 0], 'SUCCESS'],
  [['nvmlDeviceGetVgpuCapabilities', '$gpu0', ENABLED, int], 'SUCCESS', 0],
  [['nvmlDeviceSetVgpuCapabilities', '$gpu0', SUPPORTED, 0], 'INVALID_ARGUMENT'],
])
