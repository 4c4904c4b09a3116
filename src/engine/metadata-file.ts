import { crc32 } from '../abi/crc32.ts'
import { NV2080_CTRL_CMD_VGPU_MGR_INTERNAL_PGPU_ADD_VGPU_TYPE as ADD_TYPE } from '../abi/ctrl2080.ts'
import { NVA081_CTRL_VGPU_INFO, NVA081_MAX_VGPU_TYPES_PER_PGPU } from '../abi/nva081.ts'
import {
  V2_METADATA_BLOB_HDR,
  V2_METADATA_HDR,
  V2_METADATA_IDENTIFIER,
  V2_NVIDIA_VGPU_TYPE,
  V2_VGPU_TYPE_BLOB_HDR,
} from '../abi/v2-570.ts'
import { fromSparse } from './sparse.ts'
import { decodeType, type TypeRecord } from './vgpu-mgr/types.ts'

/** The release that a metadata file belongs to. */
export interface MetadataRelease {
  major: number
  minor: number
  gspVersion: string
}

/** The checksum covers everything behind itself and its padding. */
const SUMMED_FROM = 16

/**
 * The simulated host's firmware file vgpu-<GSP version>.bin of the 2025 series: one blob with the types of a device, as
 * records for the driver and as the parameters of the control that uploads them.
 */
export function metadataFile(deviceId: number, types: readonly TypeRecord[], release: MetadataRelease): Uint8Array {
  const blob = typeBlob(deviceId, types.slice(0, NVA081_MAX_VGPU_TYPES_PER_PGPU))
  const file = new Uint8Array(V2_METADATA_HDR.size + blob.length)
  file.set(
    V2_METADATA_HDR.encode({
      identifier: V2_METADATA_IDENTIFIER,
      vgpu_major: release.major,
      vgpu_minor: release.minor,
      gsp_build_version: release.gspVersion,
      num_blobs: 1,
    }),
  )
  file.set(blob, V2_METADATA_HDR.size)
  return summed(file)
}

/** Damages of a file, by the effect of a fault. Each leaves a right checksum, but for `checksum`. */
const DAMAGES = {
  short: (file: Uint8Array) => file.slice(0, 100),
  checksum: (file: Uint8Array) => file.with(SUMMED_FROM, 0xff),
  identifier: (file: Uint8Array) => file.with(0, 0),
  'wrong-version': (file: Uint8Array) => summed(file.with(V2_METADATA_HDR.fields.gsp_build_version.offset, 0x39)),
  unsupported: (file: Uint8Array) => summed(file.with(V2_METADATA_HDR.fields.vgpu_major.offset, 99)),
  'no-types': (file: Uint8Array) => summed(file.with(V2_METADATA_HDR.size + V2_METADATA_BLOB_HDR.size, 0xff)),
} as const

export type FileDamage = keyof typeof DAMAGES
export const FILE_DAMAGES = Object.keys(DAMAGES)

export function isFileDamage(text: string): text is FileDamage {
  return Object.hasOwn(DAMAGES, text)
}

export function damaged(file: Uint8Array, damage: FileDamage): Uint8Array {
  return DAMAGES[damage](file)
}

/** Writes the checksum of a metadata file. */
export function summed(file: Uint8Array): Uint8Array {
  V2_METADATA_HDR.set(file, 'crc32', crc32(file.subarray(SUMMED_FROM), { xorOut: 0 }))
  return file
}

function typeBlob(deviceId: number, types: readonly TypeRecord[]): Uint8Array {
  const kernelSize = types.length * V2_NVIDIA_VGPU_TYPE.size
  const head = V2_METADATA_BLOB_HDR.size + V2_VGPU_TYPE_BLOB_HDR.size
  const blob = new Uint8Array(head + kernelSize + ADD_TYPE.params.size)
  blob.set(V2_METADATA_BLOB_HDR.encode({ type: 0, size: blob.length }))
  blob.set(
    V2_VGPU_TYPE_BLOB_HDR.encode({
      device_id: deviceId,
      gsp_rmctrl_vgpu_info_offset: ADD_TYPE.params.fields.vgpuInfo.offset,
      gsp_rmctrl_vgpu_info_size: NVA081_CTRL_VGPU_INFO.size,
      kernel_struct_size: kernelSize,
      num_kernel_structs: types.length,
      gsp_rmctrl_cmd: ADD_TYPE.cmd,
      gsp_rmctrl_size: ADD_TYPE.params.size,
    }),
    V2_METADATA_BLOB_HDR.size,
  )
  const control = ADD_TYPE.params.encode({ discardVgpuTypes: true, vgpuInfoCount: types.length })
  for (const [i, type] of types.entries()) {
    blob.set(kernelRecord(type), head + i * V2_NVIDIA_VGPU_TYPE.size)
    control.set(
      fromSparse(type.blob, NVA081_CTRL_VGPU_INFO.size),
      ADD_TYPE.params.fields.vgpuInfo.offset + i * NVA081_CTRL_VGPU_INFO.size,
    )
  }
  blob.set(control, head + kernelSize)
  return blob
}

function kernelRecord(record: TypeRecord): Uint8Array {
  const type = decodeType(record)
  return V2_NVIDIA_VGPU_TYPE.encode({
    vgpu_type: type.vgpuType,
    vgpu_type_name: type.vgpuName,
    vdev_id: type.vdevId,
    pdev_id: type.pdevId,
    fb_length: type.fbLength,
    gsp_heap_size: type.gspHeapSize,
    bar1_length: type.bar1Length,
    max_instance: type.maxInstance,
    ecc_supported: type.eccSupported ? 1 : 0,
    fb_reservation: type.fbReservation,
  })
}
