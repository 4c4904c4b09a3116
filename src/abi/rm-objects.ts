import { struct } from './compound.ts'
import { text } from './elements.ts'
import { u32, u64 } from './scalars.ts'

// Classes of RM objects the host allocates. nva081.ts has NVA081_VGPU_CONFIG.
export const NV01_ROOT = 0x0
export const NV01_EVENT_KERNEL_CALLBACK_EX = 0x7e
export const NV01_DEVICE_0 = 0x80
export const NV20_SUBDEVICE_0 = 0x2080
/** a reference to a GPU instance */
export const AMPERE_SMC_PARTITION_REF = 0xc637

const CLASS_NAMES = new Map<number, string>([
  [NV01_ROOT, 'NV01_ROOT'],
  [NV01_EVENT_KERNEL_CALLBACK_EX, 'NV01_EVENT_KERNEL_CALLBACK_EX'],
  [NV01_DEVICE_0, 'NV01_DEVICE_0'],
  [NV20_SUBDEVICE_0, 'NV20_SUBDEVICE_0'],
  [AMPERE_SMC_PARTITION_REF, 'AMPERE_SMC_PARTITION_REF'],
])

/** The name of an RM class, or its number in hexadecimal. */
export function className(hClass: number): string {
  return CLASS_NAMES.get(hClass) ?? `0x${hClass.toString(16)}`
}

/** added to the notifyIndex when a kernel client, not a user, listens to the event */
export const NV01_EVENT_CLIENT_RM = 0x400_0000

// Handles as nvkm chooses them; device and subdevice are unique within their client only.
export const NVKM_RM_CLIENT = 0xc1d0_0000
export const NVKM_RM_DEVICE = 0xde1d_0000
export const NVKM_RM_SUBDEVICE = 0x5d1d_0000
/** of the reference to GPU instance 0; the others follow */
export const NVKM_RM_PARTITION_REF = 0xc637_0000
export const NVKM_RM_CLIENT_ID_MAX = 0xffff

/**
 * The handle of client number `id`, 0 to 0xffff.
 * @throws RangeError for another number
 */
export function clientHandle(id: number): number {
  if (!Number.isInteger(id) || id < 0 || id > NVKM_RM_CLIENT_ID_MAX) throw new RangeError(`${id} is not a client id`)
  return NVKM_RM_CLIENT + id
}

/** The number of the client that `handle` names, or `null` if the handle is not a client's. */
export function clientId(handle: number): number | null {
  const id = handle - NVKM_RM_CLIENT
  return id >= 0 && id <= NVKM_RM_CLIENT_ID_MAX ? id : null
}

/** Of class NV01_ROOT. */
export const NV0000_ALLOC_PARAMETERS = struct('NV0000_ALLOC_PARAMETERS', () => ({
  /** its own handle */
  hClient: u32,
  /** 0xffffffff for a kernel client */
  processID: u32,
  processName: text(100),
}))

/** Of class NV01_DEVICE_0. */
export const NV0080_ALLOC_PARAMETERS = struct('NV0080_ALLOC_PARAMETERS', () => ({
  deviceId: u32,
  /** the client */
  hClientShare: u32,
  hTargetClient: u32,
  hTargetDevice: u32,
  flags: u32,
  vaSpaceSize: u64,
  vaStartInternal: u64,
  vaLimitInternal: u64,
  vaMode: u32,
}))

/** Of class NV20_SUBDEVICE_0. */
export const NV2080_ALLOC_PARAMETERS = struct('NV2080_ALLOC_PARAMETERS', () => ({
  subDeviceId: u32,
}))

/** Of class AMPERE_SMC_PARTITION_REF; from the open headers. */
export const NVC637_ALLOCATION_PARAMETERS = struct('NVC637_ALLOCATION_PARAMETERS', () => ({
  swizzId: u32,
}))

/** Of the event classes. */
export const NV0005_ALLOC_PARAMETERS = struct('NV0005_ALLOC_PARAMETERS', () => ({
  hParentClient: u32,
  hSrcResource: u32,
  hClass: u32,
  /** event index with NV01_EVENT_CLIENT_RM set */
  notifyIndex: u32,
  data: u64,
}))

/** Payload of the RPC function FREE. */
export const NVOS00_PARAMETERS_v03_00 = struct('NVOS00_PARAMETERS_v03_00', () => ({
  /** the client */
  hRoot: u32,
  hObjectParent: u32,
  /** the object to free */
  hObjectOld: u32,
  status: u32,
}))
