import { amount, count, described, flag, hex, type Infer, list, nullable, object, oneOf, text } from './schema.ts'

export const TYPE = object({
  id: count,
  name: text,
  series: text,
  class: text,
  board: text,
  license: text,
  profileSizeMiB: count,
  framebufferMiB: count,
  fbReservationMiB: count,
  gspHeapMiB: amount,
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
  /** catalogue, or uploaded with `types upload`. */
  source: oneOf('catalogue', 'uploaded'),
  certainty: text,
  open: described(list(text), 'figures on which published sources and the rule disagree'),
  derived: described(list(text), 'members that no source gives: they follow from others by rule'),
  /** Channels of one vGPU of this type in the host's profile. */
  channels: count,
  /** For each GPU: the number that can be created, and whether GSP has the type. Placement ids only in modes with them. */
  gpus: list(
    object({
      gpu: count,
      inGsp: flag,
      creatable: count,
      reason: nullable(text),
      placement: nullable(object({ size: count, supported: list(count), creatable: list(count) })),
    }),
  ),
})
export type TypeView = Infer<typeof TYPE>
