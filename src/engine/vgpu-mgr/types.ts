import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { fromSparse } from '../sparse.ts'

/** A type for the manager and the VFIO driver (struct nvidia_vgpu_type). Sizes in bytes, bar1Length in MiB. */
export interface VgpuType {
  vgpuType: number
  vgpuName: string
  vdevId: number
  pdevId: number
  profileSize: number
  fbLength: number
  fbReservation: number
  gspHeapSize: number
  bar1Length: number
  maxInstance: number
  eccSupported: boolean
  /** Slices of a MIG-backed type; 0 for a time-sliced one. */
  gpuInstanceSize: number
  /** Profile of the GPU instance behind a MIG-backed type. */
  gpuInstanceProfileId: number
  /** NVS, Quadro or Compute. */
  vgpuClass: string
  multiVgpuSupported: number
  multiVgpuExclusive: number
  frlEnable: number
  /** Hz. */
  frlConfig: number
  numHeads: number
  maxResolutionX: number
  maxResolutionY: number
  maxPixels: number
  /** Share of the encoder, per cent. */
  encoderCapacity: number
}

/** The record of a type, sparse, as GSP takes it. */
export interface TypeRecord {
  readonly vgpuType: number
  readonly blob: string
}

/** Decodes the manager's view of a type from its record for GSP. */
export function decodeType(type: TypeRecord): VgpuType {
  const blob = fromSparse(type.blob, NVA081_CTRL_VGPU_INFO.size)
  const get = <K extends keyof typeof NVA081_CTRL_VGPU_INFO.fields>(field: K) => NVA081_CTRL_VGPU_INFO.get(blob, field)
  return {
    vgpuType: type.vgpuType,
    vgpuName: get('vgpuName'),
    vdevId: get('vdevId'),
    pdevId: get('pdevId'),
    profileSize: get('profileSize'),
    fbLength: get('fbLength'),
    fbReservation: get('fbReservation'),
    gspHeapSize: get('gspHeapSize'),
    bar1Length: get('bar1Length'),
    maxInstance: get('maxInstance'),
    eccSupported: get('eccSupported') !== 0,
    gpuInstanceSize: get('gpuInstanceSize'),
    gpuInstanceProfileId: get('gpuInstanceProfileId'),
    vgpuClass: get('vgpuClass'),
    multiVgpuSupported: get('multiVgpuSupported'),
    multiVgpuExclusive: get('multiVgpuExclusive'),
    frlEnable: get('frlEnable'),
    frlConfig: get('frlConfig'),
    numHeads: get('numHeads'),
    maxResolutionX: get('maxResolutionX'),
    maxResolutionY: get('maxResolutionY'),
    maxPixels: get('maxPixels'),
    encoderCapacity: get('encoderCapacity'),
  }
}
