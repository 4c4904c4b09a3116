import type { CapacityView } from '../../engine/plan/view.ts'
import type {
  GpuStatsView,
  GpuView,
  GspObjectView,
  GspPluginView,
  MapView,
  SchedulerView,
  VfView,
} from '../../engine/view.ts'
import type { TaskLogLine } from '../../render/gsp.ts'
import {
  bdf,
  count,
  described,
  flag,
  hex,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  pattern,
  text,
  uuid,
} from './build.ts'
import { bar, moment, opener, region, typeRef, use } from './common.ts'

const scheduler = object<SchedulerView>({
  policy: oneOf('best-effort', 'equal-share', 'fixed-share'),
  supported: list(text),
  arr: nullable(flag),
  averaging: nullable(integer),
  frequencyHz: nullable(integer),
  timeSliceNs: nullable(integer),
})

export const gpu = object<GpuView>({
  index: count,
  bdf,
  uuid: pattern('^GPU-[0-9a-f-]{36}$'),
  board: text,
  name: text,
  architecture: text,
  chip: text,
  pci: object<GpuView['pci']>({
    vendorId: hex,
    deviceId: hex,
    subsystemVendorId: hex,
    subsystemId: hex,
    class: hex,
  }),
  driver: object<GpuView['driver']>({ name: nullable(text), version: text, profile: text }),
  vgpuSupport: object<GpuView['vgpuSupport']>({
    parameter: flag,
    supported: flag,
    enabled: flag,
    reason: nullable(text),
  }),
  sriov: nullable(
    object<NonNullable<GpuView['sriov']>>({
      totalVfs: count,
      numVfs: count,
      firstVfOffset: count,
      vfStride: count,
      autoprobe: flag,
    }),
  ),
  eccMode: oneOf('N/A', 'Disabled', 'Enabled'),
  eccPending: nullable(oneOf('Disabled', 'Enabled')),
  vgpuMode: object<GpuView['vgpuMode']>({
    current: oneOf('homogeneous', 'heterogeneous'),
    heterogeneousSupported: flag,
  }),
  scheduler,
  framebuffer: object<GpuView['framebuffer']>({
    totalMiB: count,
    usableMiB: count,
    usedMiB: count,
    freeMiB: count,
    largestFreeMiB: count,
  }),
  layout: described(list(region), 'firmware in the framebuffer, highest address first'),
  gsp: object<GpuView['gsp']>({
    state: text,
    firmware: text,
    heapSize: count,
    vfPartitionCount: count,
    uploadedTypes: count,
  }),
  vmmuSegmentSize: described(count, 'bytes'),
  engines: list(text),
  channels: object<GpuView['channels']>({
    total: count,
    host: object<GpuView['channels']['host']>({ size: count, used: count }),
    vgpu: object<GpuView['channels']['vgpu']>({ first: count, size: count, used: count }),
  }),
  bar1: object<GpuView['bar1']>({ size: count, used: count }),
  bars: list(bar),
  manager: object<GpuView['manager']>({ attached: flag, refs: count, client: nullable(hex) }),
  vgpuType: described(nullable(typeRef), 'the one type the GPU is locked to'),
  vgpus: object<GpuView['vgpus']>({ configured: count, running: count }),
  modelled: described(list(text), 'facts of the board that no source gives'),
})

export const gpuStats = object<GpuStatsView>({
  gpu: count,
  bdf,
  vgpus: count,
  at: nullable(moment),
  now: nullable(use),
  mean: nullable(use),
  samples: count,
})

export const vf = object<VfView>({
  gpu: count,
  index: count,
  bdf,
  gfid: count,
  driver: nullable(text),
  vgpuType: nullable(typeRef),
  vgpu: nullable(uuid),
  opened: nullable(opener),
  unbound: flag,
  pci: object<VfView['pci']>({ vendorId: hex, deviceId: hex, class: hex }),
  bars: list(bar),
  busMaster: flag,
})

export const rangeMap = object<MapView>({
  gpu: count,
  bdf,
  unit: oneOf('bytes', 'channels'),
  base: count,
  size: count,
  used: count,
  largestFree: count,
  free: count,
  gaps: count,
  ranges: list(
    object<MapView['ranges'][number]>({
      offset: count,
      size: count,
      owner: described(nullable(text), 'null where it is free'),
      target: optional(text),
    }),
  ),
})

export const capacity = object<CapacityView>({
  gpu: count,
  bdf,
  name: text,
  mode: oneOf('homogeneous', 'heterogeneous'),
  vgpuType: nullable(typeRef),
  vfs: object<CapacityView['vfs']>({ total: count, enabled: count, free: count }),
  framebuffer: object<CapacityView['framebuffer']>({ totalMiB: count, usedMiB: count, largestFreeMiB: count }),
  channels: object<CapacityView['channels']>({ total: count, used: count }),
  types: list(
    object<CapacityView['types'][number]>({
      id: count,
      name: text,
      profileSizeMiB: count,
      maxInstance: count,
      creatable: count,
      reason: nullable(text),
    }),
  ),
})

export const gspObject = object<GspObjectView>({
  gpu: count,
  client: hex,
  handle: hex,
  class: hex,
  className: text,
  parent: hex,
  owner: nullable(text),
})

export const gspPlugin = object<GspPluginView>({
  gpu: count,
  gfid: count,
  vf: text,
  state: text,
  vgpuType: count,
  uuid: nullable(uuid),
  instance: text,
  fb: region,
  heap: region,
  numChannels: count,
  numPluginChannels: count,
  busMaster: flag,
})

export const taskLogLine = object<TaskLogLine>({ vgpu: text, line: count, text })
