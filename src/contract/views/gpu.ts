import { bar, opener, region, typeRef } from './parts.ts'
import {
  bdf,
  count,
  described,
  flag,
  hex,
  type Infer,
  integer,
  list,
  nullable,
  object,
  oneOf,
  optional,
  pattern,
  text,
  uuid,
} from './schema.ts'

export const SCHEDULER = object({
  policy: oneOf('best-effort', 'equal-share', 'fixed-share'),
  supported: list(text),
  /** Adaptive round robin; null under best effort. */
  arr: nullable(flag),
  averaging: nullable(integer),
  frequencyHz: nullable(integer),
  timeSliceNs: nullable(integer),
})
export type SchedulerView = Infer<typeof SCHEDULER>

export const GPU = object({
  index: count,
  bdf,
  uuid: pattern('^GPU-[0-9a-f-]{36}$'),
  board: text,
  name: text,
  architecture: text,
  chip: text,
  pci: object({
    vendorId: hex,
    deviceId: hex,
    subsystemVendorId: hex,
    subsystemId: hex,
    class: hex,
  }),
  driver: object({ name: nullable(text), version: text, profile: text }),
  vgpuSupport: object({
    parameter: flag,
    supported: flag,
    enabled: flag,
    reason: nullable(text),
  }),
  sriov: nullable(
    object({
      totalVfs: count,
      numVfs: count,
      firstVfOffset: count,
      vfStride: count,
      autoprobe: flag,
    }),
  ),
  eccMode: oneOf('N/A', 'Disabled', 'Enabled'),
  /** ECC after the next reset, if different. */
  eccPending: nullable(oneOf('Disabled', 'Enabled')),
  mig: object({
    /** N/A without MIG. */
    current: oneOf('N/A', 'Disabled', 'Enabled'),
    /** After the next reset, if different. */
    pending: nullable(oneOf('Disabled', 'Enabled')),
    gpuInstances: count,
    computeInstances: count,
  }),
  /** Mixed profile sizes (heterogeneous) or one (homogeneous). */
  vgpuMode: object({
    current: oneOf('homogeneous', 'heterogeneous'),
    heterogeneousSupported: flag,
  }),
  scheduler: SCHEDULER,
  framebuffer: object({
    totalMiB: count,
    usableMiB: count,
    usedMiB: count,
    freeMiB: count,
    largestFreeMiB: count,
  }),
  layout: described(list(region), 'firmware in the framebuffer, highest address first'),
  gsp: object({
    state: text,
    firmware: text,
    heapSize: count,
    vfPartitionCount: count,
    uploadedTypes: count,
  }),
  vmmuSegmentSize: described(count, 'bytes'),
  engines: list(text),
  channels: object({
    total: count,
    host: object({ size: count, used: count }),
    vgpu: object({ first: count, size: count, used: count }),
  }),
  bar1: object({ size: count, used: count }),
  bars: list(bar),
  manager: object({ attached: flag, refs: count, client: nullable(hex) }),
  vgpuType: described(nullable(typeRef), 'the one type the GPU is locked to'),
  vgpus: object({ configured: count, running: count }),
  modelled: described(list(text), 'facts of the board that no source gives'),
  given: described(list(text), 'facts of the board that the user gave'),
})
export type GpuView = Infer<typeof GPU>

export const VF = object({
  gpu: count,
  index: count,
  bdf,
  gfid: count,
  driver: nullable(text),
  vgpuType: nullable(typeRef),
  vgpu: nullable(uuid),
  opened: nullable(opener),
  unbound: flag,
  pci: object({ vendorId: hex, deviceId: hex, class: hex }),
  bars: list(bar),
  busMaster: flag,
})
export type VfView = Infer<typeof VF>

export const RANGE_MAP = object({
  gpu: count,
  bdf,
  /** bytes (fb, bar1), channel ids (chid), placement ids or slots of GPU instances */
  unit: oneOf('bytes', 'channels', 'slots'),
  base: count,
  size: count,
  used: count,
  largestFree: count,
  /** Space free for vGPUs, and its number of pieces. */
  free: count,
  gaps: count,
  /** Every range from base to base + size, free ones included, ascending. */
  ranges: list(
    object({
      offset: count,
      size: count,
      owner: described(nullable(text), 'null where it is free'),
      target: optional(text),
      /** The vGPU that has it. */
      vgpu: optional(object({ vfIndex: count, uuid, name: nullable(text) })),
      /** The GPU instance that has it, and its vGPUs. */
      instance: optional(object({ id: count, profile: text, vgpus: list(uuid) })),
    }),
  ),
})
export type MapView = Infer<typeof RANGE_MAP>
