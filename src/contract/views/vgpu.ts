import { attr, typeRef } from './parts.ts'
import { bdf, count, described, hex, type Infer, list, nullable, object, oneOf, text, uuid } from './schema.ts'

export const DEFINITION = object({
  name: nullable(text),
  vgpuType: typeRef,
  gpuBdf: bdf,
  /** The preferred VF. */
  vf: nullable(bdf),
  placementId: nullable(count),
  /** `auto` starts it at boot. */
  start: oneOf('auto', 'manual'),
  attrs: list(attr),
})
export type DefinitionView = Infer<typeof DEFINITION>

const extent = object({ addr: hex, size: described(count, 'bytes') })

/** A configured vGPU, or a definition: state `defined`, without a VF. */
export const VGPU = object({
  uuid,
  name: nullable(text),
  state: oneOf('configured', 'running', 'paused', 'migrating', 'failed', 'defined'),
  /** null when the host lacks the GPU of a definition. */
  gpu: nullable(count),
  gpuBdf: bdf,
  vf: nullable(bdf),
  vfIndex: nullable(count),
  gfid: nullable(count),
  vgpuType: typeRef,
  profileSizeMiB: count,
  /** First slot, in modes with placement ids. */
  placementId: nullable(count),
  /** GPU instance of a MIG-backed type. */
  gpuInstance: nullable(count),
  vm: nullable(text),
  pid: nullable(count),
  guestOs: nullable(text),
  /** Version of the guest driver; null while none is loaded. */
  guestDriver: nullable(text),
  frameRateLimit: described(nullable(count), 'Hz'),
  /** Display layouts of the guest, "4 x 2560x1600", largest resolution first. */
  displays: list(text),
  framebuffer: nullable(extent),
  channels: nullable(object({ first: count, count, plugin: count })),
  heap: nullable(extent),
  bar1: nullable(object({ offset: hex, size: count })),
  client: nullable(hex),
  plugin: nullable(object({ state: text, sequence: count })),
  /** The error that GSP reported on one of its channels. */
  failure: nullable(object({ xid: count, text })),
  taskLog: list(text),
  /** Attributes written to its device, in order. */
  attrs: list(attr),
  /** Its definition; null without one. */
  definition: nullable(DEFINITION),
})
export type ListedVgpuView = Infer<typeof VGPU>

/** A configured vGPU. */
export interface VgpuView extends Omit<ListedVgpuView, 'state' | 'gpu' | 'vf' | 'vfIndex' | 'gfid'> {
  state: Exclude<ListedVgpuView['state'], 'defined'>
  gpu: number
  vf: string
  vfIndex: number
  gfid: number
}

/** The columns of the short listing of vGPUs. */
export type VgpuLineView = Pick<VgpuView, 'uuid' | 'name' | 'state' | 'gpu' | 'vf' | 'vgpuType' | 'vm'>
