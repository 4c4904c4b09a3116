import { NVA081_CTRL_VGPU_INFO, NVA081_VGPU_SIGNATURE_SIZE } from '../abi/nva081.ts'
import { shortTypeName } from '../errors/type-name.ts'
import type { CatalogType } from './catalog-type.ts'

/** The 4,952 bytes of NVA081_CTRL_VGPU_INFO that describe a type to the firmware. */
export function encodeVgpuInfo(type: CatalogType): Uint8Array {
  return peekVgpuInfo(type).slice()
}

/** The same record, shared: read only. */
export function peekVgpuInfo(type: CatalogType): Uint8Array {
  const known = records.get(type) ?? recordOf(type)
  records.set(type, known)
  return known
}

const records = new WeakMap<CatalogType, Uint8Array>()

/** The name in a record, which has room for 31 characters: a longer one is there without the vendor's words ("DC-1-24Q"). */
function recordName(name: string): string {
  return name.length < NVA081_CTRL_VGPU_INFO.fields.vgpuName.layout.size ? name : shortTypeName(name)
}

function recordOf(type: CatalogType): Uint8Array {
  return NVA081_CTRL_VGPU_INFO.encode({
    vgpuType: type.vgpuType,
    vgpuName: recordName(type.vgpuName),
    vgpuClass: type.vgpuClass,
    vgpuSignature: vgpuSignature(type.vgpuType),
    license: type.license,
    maxInstance: type.maxInstance,
    numHeads: type.numHeads,
    maxResolutionX: type.maxResolutionX,
    maxResolutionY: type.maxResolutionY,
    maxPixels: type.maxPixels,
    frlConfig: type.frlConfig,
    cudaEnabled: type.cudaEnabled,
    eccSupported: type.eccSupported,
    gpuInstanceSize: type.gpuInstanceSize,
    multiVgpuSupported: type.multiVgpuSupported,
    vdevId: type.vdevId,
    pdevId: type.pdevId,
    profileSize: type.profileSize,
    fbLength: type.fbLength,
    gspHeapSize: type.gspHeapSize,
    fbReservation: type.fbReservation,
    mappableVideoSize: type.mappableVideoSize,
    encoderCapacity: type.encoderCapacity,
    bar1Length: type.bar1Length,
    frlEnable: type.frlEnable,
    ftraceEnable: type.ftraceEnable,
    gpuDirectSupported: type.gpuDirectSupported,
    nvlinkP2PSupported: type.nvlinkP2PSupported,
    multiVgpuExclusive: type.multiVgpuExclusive,
    exclusiveType: type.exclusiveType,
    exclusiveSize: type.exclusiveSize,
    gpuInstanceProfileId: type.gpuInstanceProfileId,
  })
}

/**
 * The 128 signature bytes of a simulated type. NVIDIA's real signatures are not reproduced. These bytes are the same on
 * every host: one non-zero byte a step of a 32-bit xorshift (13, 17, 5) that starts at the type id.
 */
export function vgpuSignature(vgpuType: number): Uint8Array {
  let word = vgpuType | 0 || 1
  return Uint8Array.from({ length: NVA081_VGPU_SIGNATURE_SIZE }, () => {
    word ^= word << 13
    word ^= word >>> 17
    word ^= word << 5
    return (((word >>> 8) & 0xffff) % 255) + 1
  })
}
