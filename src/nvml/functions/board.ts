import { nvmlMemory_t, nvmlRowRemapperHistogramValues_t } from '../../abi/nvml/device.ts'
import type { BoardIdentity } from '../../catalog/board-identity.ts'
import type { SmiGpuView } from '../../engine/smi/view.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { type Rows, row } from '../row.ts'
import { allAbsent } from './absent.ts'

/** Versions by nvmlInforomObject_t: of the OEM's data, of ECC; of power management and of the board, which have none. */
const INFOROM: readonly ((identity: BoardIdentity) => string | null)[] = [
  ({ inforomOem }) => inforomOem,
  ({ inforomEcc }) => inforomEcc,
  () => null,
  () => null,
]
/** The release of the driver from which on the display mode is not told. */
const NO_DISPLAY_MODE = 580
const DISPLAY_ENABLED = 1
/** nvidia-smi's Module ID of a board that is no module of a larger one. */
const MODULE = 1

function inforom(call: Call): void {
  const { identity } = call.gpu()
  const of = INFOROM[call.number(1)]
  if (of === undefined) throw new NvmlError('INVALID_ARGUMENT')
  const version = of(identity)
  if (version === null) throw new NvmlError('NOT_SUPPORTED')
  call.putText(2, 3, version)
}

/** @throws NvmlError NOT_SUPPORTED for a board that leaves its fan to the chassis */
function fan(gpu: SmiGpuView): number {
  if (gpu.fan === null) throw new NvmlError('NOT_SUPPORTED')
  return gpu.fan
}

/** The one fan of a board. @throws NvmlError INVALID_ARGUMENT for another one, NOT_SUPPORTED */
function numberedFan(call: Call): void {
  const speed = fan(call.gpu())
  if (call.number(1) !== 0) throw new NvmlError('INVALID_ARGUMENT')
  call.putInt(2, speed)
}

function displayMode(call: Call): void {
  call.gpu()
  if (Number.parseInt(call.facts.state.driverVersion, 10) >= NO_DISPLAY_MODE) throw new NvmlError('DEPRECATED')
  call.putInt(1, DISPLAY_ENABLED)
}

function remappable(call: Call): void {
  const { eccMode, remappableBanks } = call.gpu()
  if (eccMode !== 'Enabled') throw new NvmlError('NOT_SUPPORTED')
  call.putStruct(1, nvmlRowRemapperHistogramValues_t, { max: remappableBanks })
}

/** What nvidia-smi prints of the board itself. */
export const BOARD_ROWS: Rows = {
  nvmlDeviceGetVbiosVersion: row('query vbios_version', (call) => call.putText(1, 2, call.gpu().identity.vbios)),
  nvmlDeviceGetBoardPartNumber: row('smi -q: Board Part Number', (call) =>
    call.putText(1, 2, call.gpu().identity.boardPart),
  ),
  nvmlDeviceGetInforomVersion: row('query inforom.*', inforom),
  nvmlDeviceGetInforomImageVersion: row('query inforom.image', (call) =>
    call.putText(1, 2, call.gpu().identity.inforomImage),
  ),
  nvmlDeviceGetNumFans: row('query fan.speed', (call) => call.putInt(1, call.gpu().fan === null ? 0 : 1)),
  nvmlDeviceGetFanSpeed: row('query fan.speed', (call) => call.putInt(1, fan(call.gpu()))),
  nvmlDeviceGetFanSpeed_v2: row('query fan.speed', numberedFan),
  nvmlDeviceGetTargetFanSpeed: row('query fan.speed', numberedFan),
  nvmlDeviceGetDisplayMode: row('query display_mode', displayMode),
  nvmlDeviceGetModuleId: row('smi -q: Module ID', (call) => {
    call.gpu()
    call.putInt(1, MODULE)
  }),
  nvmlDeviceGetRowRemapperHistogram: row('query remapped_rows.histogram.*', remappable),
  nvmlDeviceGetConfComputeProtectedMemoryUsage: row('query protected_memory.*', (call) => {
    call.gpu()
    call.putStruct(1, nvmlMemory_t, {})
  }),
  ...allAbsent('no board has a serial number', 'GetSerial'),
  ...allAbsent('the checksum is unpublished', 'GetInforomConfigurationChecksum ValidateInforom'),
  ...allAbsent('the limits of fans are unpublished', 'GetFanSpeedRPM GetMinMaxFanSpeed'),
}
