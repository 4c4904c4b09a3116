import * as v from 'valibot'
import { count, defaulted, listOf, mapOf, noCount, off, text, truth } from '../values.ts'
import { EXTENT, NUMBER_KEY } from './parts.ts'

/** A vGPU in the manager. */
export const VGPU = v.strictObject({
  id: count,
  gfid: count,
  dbdf: count,
  vgpuType: count,
  pid: count,
  uuid: text,
  /** GPU instance of a MIG-backed vGPU; null for another. */
  gpuInstanceId: noCount,
  /**
   * vGPU protocol version of its guest, major << 16
   * minor: that of the host it was started on.
   */
  version: count,
  /** True once every step of the start is done. */
  status: off,
  chid: defaulted(v.nullable(v.strictObject({ offset: count, num: count, plugin: count })), null),
  fb: defaulted(v.nullable(EXTENT), null),
  heap: defaulted(v.nullable(EXTENT), null),
  /** Virtual offset and size of the heap's mapping in BAR1. */
  bar1: defaulted(v.nullable(v.strictObject({ offset: count, size: count })), null),
  client: noCount,
  bootloaded: off,
  /** Set by RC_TRIGGERED or OS_ERROR_LOG on one of its channels. */
  failed: defaulted(v.nullable(v.strictObject({ xid: count, text, at: count })), null),
  /** Host RPC sequence number; null before the channel is set up. */
  rpcSeq: noCount,
})
export type VgpuState = v.InferOutput<typeof VGPU>

export const MANAGER = v.strictObject({
  /** References: one per bound VF. */
  refs: count,
  /** RM client handle of the manager. */
  client: count,
  bar0Mapped: truth,
  /** GSP's answer when the manager was created. */
  eccEnabled: truth,
  /** Mixed-size mode. It ends with the manager, and so with the last VF. */
  heterogeneous: truth,
  /** Suspended with the host; the core driver follows on suspend and precedes on resume. */
  suspended: off,
  /** Type ids uploaded to GSP when this manager attached, in upload order. */
  types: listOf(count),
  /** By id, which is the VF index. */
  vgpus: mapOf(NUMBER_KEY, VGPU),
})
export type MgrState = v.InferOutput<typeof MANAGER>
