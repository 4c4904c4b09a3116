import type { FitView, PlaceView, WhatIfView } from '../../engine/plan/view.ts'
import type {
  DefinitionView,
  ListedVgpuView,
  MigrationView,
  TypeView,
  VgpuSampleView,
  VgpuStatsView,
} from '../../engine/view.ts'
import { bdf, count, described, flag, hex, list, nullable, object, oneOf, text, uuid } from './build.ts'
import { attr, moment, typeRef, use } from './common.ts'

const definition = object<DefinitionView>({
  name: nullable(text),
  vgpuType: typeRef,
  gpuBdf: bdf,
  vf: nullable(bdf),
  placementId: nullable(count),
  start: oneOf('auto', 'manual'),
  attrs: list(attr),
})

const extent = object<{ addr: string; size: number }>({ addr: hex, size: described(count, 'bytes') })

export const vgpu = object<ListedVgpuView>({
  uuid,
  name: nullable(text),
  state: oneOf('configured', 'running', 'paused', 'migrating', 'failed', 'defined'),
  gpu: nullable(count),
  gpuBdf: bdf,
  vf: nullable(bdf),
  vfIndex: nullable(count),
  gfid: nullable(count),
  vgpuType: typeRef,
  profileSizeMiB: count,
  placementId: nullable(count),
  vm: nullable(text),
  pid: nullable(count),
  guestOs: nullable(text),
  guestDriver: nullable(text),
  frameRateLimit: described(nullable(count), 'Hz'),
  displays: list(text),
  framebuffer: nullable(extent),
  channels: nullable(object<NonNullable<ListedVgpuView['channels']>>({ first: count, count, plugin: count })),
  heap: nullable(extent),
  bar1: nullable(object<NonNullable<ListedVgpuView['bar1']>>({ offset: hex, size: count })),
  client: nullable(hex),
  plugin: nullable(object<NonNullable<ListedVgpuView['plugin']>>({ state: text, sequence: count })),
  failure: nullable(object<NonNullable<ListedVgpuView['failure']>>({ xid: count, text })),
  taskLog: list(text),
  attrs: list(attr),
  definition: nullable(definition),
})

export const vgpuStats = object<VgpuStatsView>({
  vgpu: uuid,
  vgpuId: nullable(count),
  name: nullable(text),
  gpu: count,
  vf: bdf,
  gfid: count,
  vgpuType: typeRef,
  at: nullable(moment),
  now: nullable(use),
  mean: nullable(use),
  samples: count,
})

export const vgpuSample = object<VgpuSampleView>({
  round: count,
  at: moment,
  gpu: count,
  vgpu: nullable(uuid),
  vgpuId: nullable(count),
  use: nullable(use),
})

type Where = TypeView['gpus'][number]

export const type = object<TypeView>({
  id: count,
  name: text,
  series: text,
  class: text,
  board: text,
  license: text,
  profileSizeMiB: count,
  framebufferMiB: count,
  fbReservationMiB: count,
  gspHeapMiB: { json: { type: 'number', minimum: 0 } },
  bar1MiB: count,
  maxInstance: count,
  numHeads: count,
  maxResolution: text,
  maxPixels: count,
  frameRateLimit: described(count, 'Hz; 0 without a limit'),
  eccSupported: flag,
  cudaEnabled: flag,
  multiVgpuSupported: flag,
  pdevId: hex,
  vdevId: hex,
  source: oneOf('catalogue', 'uploaded'),
  certainty: text,
  open: described(list(text), 'figures on which published sources and the rule disagree'),
  derived: described(list(text), 'members that no source gives: they follow from others by rule'),
  channels: count,
  gpus: list(
    object<Where>({
      gpu: count,
      inGsp: flag,
      creatable: count,
      reason: nullable(text),
      placement: nullable(
        object<NonNullable<Where['placement']>>({ size: count, supported: list(count), creatable: list(count) }),
      ),
    }),
  ),
})

type Pass = MigrationView['rounds'][number]
const side = object<MigrationView['from']>({ stateDir: text, gpuBdf: bdf, vf: bdf })

export const migration = object<MigrationView>({
  id: text,
  uuid,
  name: nullable(text),
  vgpuType: typeRef,
  state: oneOf('configured', 'running', 'paused', 'migrating', 'failed'),
  from: side,
  to: side,
  mode: oneOf('pre-copy', 'stop-and-copy'),
  bandwidth: described({ json: { type: 'number', minimum: 0 } }, 'bytes a second'),
  rounds: list(object<Pass>({ round: count, bytes: count, durationUs: count })),
  stopCopy: object<MigrationView['stopCopy']>({ bytes: count, durationUs: count }),
  converged: flag,
  bytes: count,
  streamBytes: count,
  totalUs: count,
  downtimeUs: count,
})

const place = { gpu: count, gpuBdf: bdf, placementId: nullable(count) }

export const fit = object<FitView>({
  asked: list(object<FitView['asked'][number]>({ vgpuType: typeRef, count })),
  fits: flag,
  exact: flag,
  placed: list(object<FitView['placed'][number]>({ vgpuType: typeRef, ...place })),
  why: list(
    object<FitView['why'][number]>({ vgpuType: typeRef, gpu: count, creatable: count, reason: nullable(text) }),
  ),
  enable: list(object<FitView['enable'][number]>({ gpu: count, gpuBdf: bdf, vfs: count })),
  moves: list(
    object<FitView['moves'][number]>({
      vgpu: uuid,
      name: nullable(text),
      vgpuType: typeRef,
      from: object<PlaceView>(place),
      to: object<PlaceView>(place),
    }),
  ),
  stops: list(object<FitView['stops'][number]>({ vgpu: uuid, name: nullable(text), vgpuType: typeRef, ...place })),
})

export const whatIf = object<WhatIfView>({
  gpu: count,
  bdf,
  vgpuType: typeRef,
  profileSizeMiB: count,
  before: count,
  after: count,
  reason: nullable(text),
})
