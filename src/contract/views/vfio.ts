import { typeRef } from './parts.ts'
import {
  bdf,
  count,
  flag,
  hex,
  type Infer,
  list,
  nullable,
  number,
  object,
  oneOf,
  pattern,
  text,
  uuid,
} from './schema.ts'

/** The VFIO device of a VF. */
export const VFIO_DEVICE = object({
  gpu: count,
  vf: bdf,
  index: count,
  driver: nullable(text),
  /** The driver has been torn down by a PF event and waits to be unbound. */
  unbound: flag,
  iommuGroup: count,
  state: oneOf('closed', 'open'),
  vm: nullable(text),
  pid: nullable(count),
  guestOs: nullable(text),
  /** Reaction of the VM to a request to close the device. */
  policy: nullable(oneOf('closes', 'ignores')),
  vgpu: nullable(uuid),
  vgpuType: nullable(typeRef),
  flags: list(text),
  numRegions: count,
  irqs: list(object({ index: count, name: text, count, flags: list(text) })),
  /** State of the VFIO migration protocol. */
  migration: text,
  bar0Mapped: flag,
  enabled: flag,
  busMaster: flag,
  /** Bus mastering as reported to the plugin. */
  pluginBusMaster: flag,
  /** A reset timed out, and the kernel disconnected the device. */
  disconnected: flag,
})
export type VfioInfoView = Infer<typeof VFIO_DEVICE>

/** Answer of VFIO_DEVICE_GET_REGION_INFO. */
export const VFIO_REGION = object({
  vf: bdf,
  index: count,
  name: text,
  /** File offset of the region. */
  offset: hex,
  size: count,
  /** null when the driver leaves the caller's field unchanged. */
  flags: nullable(list(text)),
  /** Bytes that mmap accepts: the hardware's window in whole pages. */
  mappable: count,
})
export type VfioRegionView = Infer<typeof VFIO_REGION>

/** The configuration space that a guest sees. */
export const VFIO_CONFIG = object({
  vf: bdf,
  size: count,
  registers: list(object({ offset: hex, name: text, value: hex })),
  /** The first 256 bytes in hexadecimal; all others are zero. */
  bytes: pattern('^([0-9a-f]{2})*$'),
})
export type VfioConfigView = Infer<typeof VFIO_CONFIG>

/** The value of a read, or of a read after a write. */
export const VFIO_ACCESS = object({
  vf: bdf,
  region: count,
  name: text,
  offset: hex,
  size: count,
  value: number,
  hex,
})
export type VfioAccessView = Infer<typeof VFIO_ACCESS>

export const VFIO_MAPPING = object({
  vf: bdf,
  region: count,
  offset: hex,
  length: count,
  /** Physical address behind the first byte. */
  address: hex,
  cached: flag,
})
export type VfioMappingView = Infer<typeof VFIO_MAPPING>
