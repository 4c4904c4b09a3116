import type { Certainty, Series } from './type-table.ts'

/** The GPU instance behind a MIG-backed type. */
export interface Mig {
  gpuInstanceSlices: number
  /** in the spelling of `nvidia-smi mig -lgip`: 1g.10gb+me */
  gpuInstanceProfile: string
  mediaExtensions: boolean
}

/**
 * One vGPU type. The first part has the scalars of NVA081_CTRL_VGPU_INFO under NVIDIA's names: sizes in bytes, except
 * `bar1Length` in MiB, and flags 0 or 1. `ftraceEnable`, `gpuDirectSupported`, `exclusiveType` and `exclusiveSize` are 0 in the
 * one published type record (869), and 0 here for all types.
 */
export interface CatalogType {
  vgpuType: number
  /** "NVIDIA L40-4Q" */
  vgpuName: string
  vgpuClass: string
  license: string
  maxInstance: number
  numHeads: number
  maxResolutionX: number
  maxResolutionY: number
  maxPixels: number
  frlConfig: number
  cudaEnabled: number
  eccSupported: number
  gpuInstanceSize: number
  multiVgpuSupported: number
  /** device id << 16 | subsystem id that the guest sees */
  vdevId: number
  pdevId: number
  profileSize: number
  fbLength: number
  gspHeapSize: number
  fbReservation: number
  mappableVideoSize: number
  encoderCapacity: number
  bar1Length: number
  frlEnable: number
  ftraceEnable: number
  gpuDirectSupported: number
  nvlinkP2PSupported: number
  multiVgpuExclusive: number
  exclusiveType: number
  exclusiveSize: number
  gpuInstanceProfileId: number

  board: string
  series: Series
  sizeGiB: number
  edition: string
  /** vGPUs of the series one VM may have; null for MIG-backed types */
  maxInstancesPerVm: number | null
  /** channel ids of one vGPU under NVIDIA's release: the power of two at or below 2048 / maxInstance */
  channelsPerVgpu: number
  /** slots of one GiB; ids are null where the mode lacks the type */
  placement: { size: number; region: number; mixedSizeIds: number[] | null; equalSizeIds: number[] | null }
  /** guest framebuffer in bytes by ECC state; null where unknown */
  guestFb: { eccOff: number; eccOn: number } | null
  mig: Mig | null
  /** the worse of the certainty of the id and that of the other figures */
  certainty: Certainty
  idCertainty: Certainty
  /** first driver release that lists the type; null where a 550 host lists it */
  since: number | null
  /** names of modelled fields: assumed or computed by a rule, not published */
  modelled: string[]
}
