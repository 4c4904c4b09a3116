import { crc32 } from '../../abi/crc32.ts'
import {
  V2_METADATA_BLOB_HDR,
  V2_METADATA_HDR,
  V2_METADATA_IDENTIFIER,
  V2_NVIDIA_VGPU_TYPE,
  V2_VGPU_TYPE_BLOB_HDR,
} from '../../abi/v2-570.ts'
import { NvError } from '../../errors/nv-error.ts'

/** What the manager expects of its file. */
export interface MetadataWanted {
  /** release of the running GSP firmware */
  gspVersion: string
  /** vGPU release that goes with it */
  major: number
  minor: number
  deviceId: number
}

/** The types of one device: their ids, and the control that uploads them. */
export interface MetadataTypes {
  types: number[]
  cmd: number
  params: Uint8Array
}

const SUMMED_FROM = 16
const VGPU_TYPES = 0

/** Reads the vGPU metadata file (metadata.c of the 2025 series). Blobs of other devices are skipped. @throws NvError EINVAL */
export function readMetadata(file: Uint8Array, wanted: MetadataWanted): MetadataTypes {
  const head = readHeader(file, wanted)
  let at = V2_METADATA_HDR.size
  for (let n = 0; n < head.num_blobs; n += 1) {
    if (at + V2_METADATA_BLOB_HDR.size + V2_VGPU_TYPE_BLOB_HDR.size > file.length) throw refused('it is too short')
    const { type, size } = V2_METADATA_BLOB_HDR.decode(file.subarray(at, at + V2_METADATA_BLOB_HDR.size))
    if (type === VGPU_TYPES) {
      const found = readTypes(file.subarray(at, at + size), size, wanted.deviceId)
      if (found) return found
    }
    at += size
  }
  throw refused(`it has no type for device 0x${wanted.deviceId.toString(16)}`)
}

function readHeader(file: Uint8Array, wanted: MetadataWanted) {
  if (file.length < V2_METADATA_HDR.size) throw refused('it is too short')
  const head = V2_METADATA_HDR.decode(file.subarray(0, V2_METADATA_HDR.size))
  if (head.identifier !== V2_METADATA_IDENTIFIER) throw refused('its identifier is wrong')
  if (head.crc32 !== crc32(file.subarray(SUMMED_FROM), { xorOut: 0 })) throw refused('its checksum is wrong')
  if (head.num_blobs === 0) throw refused('it has no blob')
  if (head.gsp_build_version !== wanted.gspVersion)
    throw refused(`it belongs to GSP ${head.gsp_build_version}, and ${wanted.gspVersion} runs`)
  if (head.vgpu_major !== wanted.major || head.vgpu_minor !== wanted.minor)
    throw refused(`vGPU ${head.vgpu_major}.${head.vgpu_minor} is not supported with GSP ${wanted.gspVersion}`)
  return head
}

/** One blob of types; null for another device's. */
function readTypes(blob: Uint8Array, size: number, deviceId: number): MetadataTypes | null {
  const start = V2_METADATA_BLOB_HDR.size + V2_VGPU_TYPE_BLOB_HDR.size
  const head = V2_VGPU_TYPE_BLOB_HDR.decode(blob.subarray(V2_METADATA_BLOB_HDR.size, start))
  const kernelSize = head.kernel_struct_size
  if (blob.length !== size || size !== start + kernelSize + head.gsp_rmctrl_size)
    throw refused('the size of a blob is wrong')
  if (kernelSize !== head.num_kernel_structs * V2_NVIDIA_VGPU_TYPE.size) throw refused('the number of types is wrong')
  if (head.device_id !== deviceId || kernelSize === 0) return null
  const types = Array.from({ length: head.num_kernel_structs }, (_, i) => {
    const at = start + i * V2_NVIDIA_VGPU_TYPE.size
    return V2_NVIDIA_VGPU_TYPE.get(blob.subarray(at, at + V2_NVIDIA_VGPU_TYPE.size), 'vgpu_type')
  })
  return { types, cmd: head.gsp_rmctrl_cmd, params: blob.slice(start + kernelSize) }
}

function refused(why: string): NvError {
  return new NvError({
    errno: 'EINVAL',
    code: 'firmware-refusal',
    at: 'nvidia_vgpu_mgr_init_metadata',
    message: `the vGPU metadata file is not used: ${why}`,
    hint: 'nvgpu fault list',
  })
}
