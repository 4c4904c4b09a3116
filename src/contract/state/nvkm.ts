import * as v from 'valibot'
import { bytes, count, defaulted, listOf, mapOf, off, oneOf, text, truth, zero } from '../values.ts'
import { POOL, QUEUE } from './parts.ts'

/** Names of events, as keys. */
const EVENT = /^\w{1,64}$/

const emptyPool = () => ({ base: 0, size: 0, used: [] })

/** The two bitmaps of patch 9, as ranges: `used` belongs to the host, `reserved` is closed to vGPUs. */
const CHID = v.strictObject({ used: POOL, reserved: POOL })
export type ChidState = v.InferOutput<typeof CHID>

export const NVKM = v.strictObject({
  /** Module parameter support_vgpu_mgr, fixed at load. */
  supportVgpuMgr: truth,
  /** User entries for SET_REGISTRY, NVreg_RegistryDwords. */
  registryDwords: text,
  /** A core driver is bound. Its name is the profile's: nvkm, NovaCore, nvidia. */
  driver: defaulted(v.nullable(oneOf('nvkm')), null),
  /** GSP answers: set by a boot or resume, cleared by suspend and unload. Users of GSP check it first. */
  running: off,
  /** The suspend meta block, while suspended. */
  srMeta: defaulted(bytes, ''),
  /** nvkm_vgpu_mgr.enabled. */
  enabled: off,
  /** Names of nvkm's clients: "vgpu" is present while support is enabled (patch 2). */
  clients: defaulted(listOf(text), () => []),
  /** Device objects of those clients, by the client's name; absent in states of version 0.1.0. */
  devices: defaulted(listOf(text), () => []),
  vmmuSegmentSize: zero,
  queue: defaulted(QUEUE, () => ({ sent: 0, received: 0, writePtr: 0, readPtr: 0 })),
  /** RM client ids in use, ascending; the handle is 0xc1d00000 | id. */
  clientIds: defaulted(listOf(count), () => []),
  internal: defaulted(v.strictObject({ client: count, device: count, subdevice: count }), () => ({
    client: 0,
    device: 0,
    subdevice: 0,
  })),
  /** Framebuffer the RM reports, bytes (GET_GSP_STATIC_INFO). */
  fbTotal: zero,
  /** NV2080 engine types with a runlist, ascending. */
  engines: defaulted(listOf(count), () => []),
  /** Events received from GSP, by name. */
  events: defaulted(mapOf(EVENT, count), () => ({})),
  chid: CHID,
  fb: defaulted(POOL, emptyPool),
  bar1: defaulted(POOL, emptyPool),
  /** A vGPU manager is attached (priv). */
  handle: off,
  sriovDriversAutoprobe: defaulted(truth, true),
  /** VF indices whose drivers receive PF events, in the order of their registration. */
  pfListeners: defaulted(listOf(count), () => []),
})
export type NvkmState = v.InferOutput<typeof NVKM>
