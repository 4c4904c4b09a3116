import { nvmlDeviceAddressingMode_v1_t, nvmlDeviceCapabilities_v1_t } from '../../abi/nvml/device.ts'
import { NvmlError } from '../error.ts'
import { coded, type Rows, row } from '../row.ts'
import { allAbsent } from './absent.ts'

/** nvmlGpuVirtualizationMode_t. */
const MODE_NONE = 0
const MODE_HOST_VGPU = 3
const NOT_ACTIVE = 0
const ENABLED = 1

export const MODE_ROWS: Rows = {
  nvmlDeviceGetVirtualizationMode: row('smi -q: Virtualization Mode', (call) =>
    call.putInt(1, call.gpu().vgpuHost ? MODE_HOST_VGPU : MODE_NONE),
  ),
  nvmlDeviceSetVirtualizationMode: coded('none: the board decides', (call) => {
    call.gpu()
    return 'NOT_SUPPORTED'
  }),
  nvmlDeviceGetDisplayActive: row('query display_active', (call) => {
    call.gpu()
    call.putInt(1, NOT_ACTIVE)
  }),
  nvmlDeviceGetAddressingMode: row('query addressing_mode', (call) => {
    call.gpu()
    call.putVersioned(1, call.versionOf(1, nvmlDeviceAddressingMode_v1_t), { value: 0 })
  }),
  nvmlDeviceGetCapabilities: row('none: no capability of the header', (call) => {
    call.gpu()
    call.putVersioned(1, call.versionOf(1, nvmlDeviceCapabilities_v1_t), { capMask: 0 })
  }),
  nvmlDeviceGetGspFirmwareVersion: row('smi -q: GSP Firmware Version', (call) => {
    const { gspFirmware } = call.gpu()
    if (gspFirmware === 'N/A') throw new NvmlError('NOT_SUPPORTED')
    // The header gives the buffer 64 bytes.
    call.put(1, Buffer.from(`${gspFirmware}\0`))
  }),
  nvmlDeviceGetGspFirmwareMode: row('query gsp.mode.*', (call) => {
    if (call.gpu().gspFirmware === 'N/A') throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, ENABLED)
    call.putInt(2, ENABLED)
  }),
  ...allAbsent('Windows only', 'GetDriverModel GetDriverModel_v2 SetDriverModel'),
  ...allAbsent('boards before Pascal', 'GetAutoBoostedClocksEnabled SetAutoBoostedClocksEnabled'),
  ...allAbsent('features of a guest', 'GetGridLicensableFeatures GetGridLicensableFeatures_v2'),
  ...allAbsent('features of a guest', 'GetGridLicensableFeatures_v3 GetGridLicensableFeatures_v4'),
  ...allAbsent('no NVLink fabric', 'GetGpuFabricInfo GetGpuFabricInfoV'),
}
