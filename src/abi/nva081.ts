import { struct, union } from './compound.ts'
import { control } from './control.ts'
import { array, bytes, text } from './elements.ts'
import { bigU64, bool8, u16, u32, u64 } from './scalars.ts'

/** class whose layouts the vGPU controls of the subdevice share; the host allocates no object of it */
export const NVA081_VGPU_CONFIG = 0xa081

export const NVA081_MAX_VGPU_TYPES_PER_PGPU = 64
export const NVA081_MAX_VGPU_PER_PGPU = 32
export const NVA081_VM_UUID_SIZE = 16
export const NVA081_VGPU_STRING_BUFFER_SIZE = 32
export const NVA081_VGPU_SIGNATURE_SIZE = 128
export const NVA081_EXTRA_PARAMETERS_SIZE = 1024
export const NVA081_VM_NAME_SIZE = 128
export const NVA081_PCI_CONFIG_SPACE_SIZE = 256
export const NVA081_PGPU_METADATA_STRING_SIZE = 256
export const NVA081_CTRL_VGPU_CONFIG_INVALID_TYPE = 0
export const NVA081_CTRL_VGPU_CONFIG_STATE_UNINITIALIZED = 0
export const NVA081_CTRL_VGPU_CONFIG_STATE_IN_PROGRESS = 1
export const NVA081_CTRL_VGPU_CONFIG_STATE_READY = 2
export const NVA081_NOTIFIERS_EVENT_VGPU_GUEST_CREATED = 0
export const NVA081_NOTIFIERS_EVENT_VGPU_GUEST_INITIALISING = 1
export const NVA081_NOTIFIERS_EVENT_VGPU_GUEST_DESTROYED = 2
export const NVA081_NOTIFIERS_MAXCOUNT = 5
export const NVA081_CTRL_ECC_STATE_UNKNOWN = 0
export const NVA081_CTRL_ECC_STATE_NOT_SUPPORTED = 1
export const NVA081_CTRL_ECC_STATE_DISABLED = 2
export const NVA081_CTRL_ECC_STATE_ENABLED = 3

// String lengths of this class from other NVIDIA headers (ctrl2080gpu.h, nvlimits.h).
export const NV2080_GPU_MAX_NAME_STRING_LENGTH = 64
export const NV_GRID_LICENSE_INFO_MAX_LENGTH = 128

// Controls of the class. The proprietary host stack uses them.
export const NVA081_CTRL_CMD_VGPU_CONFIG_ENUMERATE_VGPU_PER_PGPU = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_ENUMERATE_VGPU_PER_PGPU',
  0xa0810102,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_GET_VGPU_TYPE_INFO = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_GET_VGPU_TYPE_INFO',
  0xa0810103,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_GET_SUPPORTED_VGPU_TYPES = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_GET_SUPPORTED_VGPU_TYPES',
  0xa0810104,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_GET_CREATABLE_VGPU_TYPES = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_GET_CREATABLE_VGPU_TYPES',
  0xa0810105,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_EVENT_SET_NOTIFICATION = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_EVENT_SET_NOTIFICATION',
  0xa0810106,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_NOTIFY_START = control('NVA081_CTRL_CMD_VGPU_CONFIG_NOTIFY_START', 0xa0810107)
export const NVA081_CTRL_CMD_VGPU_CONFIG_MDEV_REGISTER = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_MDEV_REGISTER',
  0xa0810109,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_SET_VGPU_INSTANCE_ENCODER_CAPACITY = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_SET_VGPU_INSTANCE_ENCODER_CAPACITY',
  0xa0810110,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_GET_VGPU_FB_USAGE = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_GET_VGPU_FB_USAGE',
  0xa0810111,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_GET_MIGRATION_CAP = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_GET_MIGRATION_CAP',
  0xa0810112,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_GET_HOST_FB_RESERVATION = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_GET_HOST_FB_RESERVATION',
  0xa0810113,
)
export const NVA081_CTRL_CMD_VGPU_CONFIG_GET_PGPU_METADATA_STRING = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_GET_PGPU_METADATA_STRING',
  0xa0810114,
)
export const NVA081_CTRL_CMD_PGPU_GET_MULTI_VGPU_SUPPORT_INFO = control(
  'NVA081_CTRL_CMD_PGPU_GET_MULTI_VGPU_SUPPORT_INFO',
  0xa0810117,
)
export const NVA081_CTRL_CMD_GET_VGPU_DRIVER_CAPS = control('NVA081_CTRL_CMD_GET_VGPU_DRIVER_CAPS', 0xa0810118)
export const NVA081_CTRL_CMD_VGPU_CONFIG_SET_PGPU_INFO = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_SET_PGPU_INFO',
  0xa0810119,
)

/** A vGPU type in the form the host uploads to the firmware: 4,952 bytes. */
export const NVA081_CTRL_VGPU_INFO = struct('NVA081_CTRL_VGPU_INFO', () => ({
  /** type id; NVA081_CTRL_VGPU_CONFIG_INVALID_TYPE is none */
  vgpuType: u32,
  vgpuName: text(NVA081_VGPU_STRING_BUFFER_SIZE),
  vgpuClass: text(NVA081_VGPU_STRING_BUFFER_SIZE),
  /** the firmware checks it; opaque here */
  vgpuSignature: bytes(NVA081_VGPU_SIGNATURE_SIZE),
  /** product,version pairs separated by semicolons */
  license: text(NV_GRID_LICENSE_INFO_MAX_LENGTH),
  maxInstance: u32,
  numHeads: u32,
  maxResolutionX: u32,
  maxResolutionY: u32,
  maxPixels: u32,
  /** frame-rate limit, Hz */
  frlConfig: u32,
  cudaEnabled: u32,
  eccSupported: u32,
  gpuInstanceSize: u32,
  multiVgpuSupported: u32,
  /** device id << 16 | subsystem id, as the guest sees them */
  vdevId: u64,
  /** device id of the PF */
  pdevId: u64,
  /** nominal size, bytes */
  profileSize: u64,
  /** guest framebuffer, bytes */
  fbLength: u64,
  /** management heap, bytes */
  gspHeapSize: u64,
  /** bytes */
  fbReservation: u64,
  /** bytes */
  mappableVideoSize: u64,
  /** per cent */
  encoderCapacity: u32,
  /** MiB */
  bar1Length: u64,
  frlEnable: u32,
  adapterName: text(NV2080_GPU_MAX_NAME_STRING_LENGTH),
  adapterName_Unicode: array(u16, NV2080_GPU_MAX_NAME_STRING_LENGTH),
  shortGpuNameString: text(NV2080_GPU_MAX_NAME_STRING_LENGTH),
  licensedProductName: text(NV_GRID_LICENSE_INFO_MAX_LENGTH),
  vgpuExtraParams: array(u32, NVA081_EXTRA_PARAMETERS_SIZE),
  ftraceEnable: u32,
  gpuDirectSupported: u32,
  nvlinkP2PSupported: u32,
  multiVgpuExclusive: u32,
  exclusiveType: u32,
  exclusiveSize: u32,
  gpuInstanceProfileId: u32,
}))

export const NVA081_CTRL_CMD_VGPU_CONFIG_SET_INFO = control(
  'NVA081_CTRL_CMD_VGPU_CONFIG_SET_INFO',
  0xa0810101,
  struct('NVA081_CTRL_VGPU_CONFIG_INFO_PARAMS', () => ({
    discardVgpuTypes: bool8,
    vgpuInfo: NVA081_CTRL_VGPU_INFO,
    vgpuConfigState: u32,
  })),
)

/** A VM by UUID or by number. */
export const VM_ID = union('VM_ID', {
  vmUuid: bytes(NVA081_VM_UUID_SIZE),
  vmId: bigU64,
})
