import { nvmlEccErrorCounts_t, nvmlEccSramErrorStatus_v1_t, nvmlRemappedRowsInfo_v2_t } from '../../abi/nvml/device.ts'
import { boardOf } from '../../engine/board-of.ts'
import { stateAt } from '../../engine/select.ts'
import { setEcc } from '../../engine/verbs/modes.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { change, type Rows, row } from '../row.ts'
import { allAbsent } from './absent.ts'

/** Locations of nvmlMemoryLocation_t; counted are device memory and SRAM. */
const LOCATIONS = 8
const COUNTED = [2, 7]
/** Kinds of errors (corrected, uncorrected), and of counters (volatile, aggregate). */
const KINDS = 2

/** @throws NvmlError INVALID_ARGUMENT for an unknown kind, NOT_SUPPORTED while ECC is off */
function requireEcc(call: Call): void {
  const { eccMode } = call.gpu()
  if (call.number(1) >= KINDS || call.number(2) >= KINDS) throw new NvmlError('INVALID_ARGUMENT')
  if (eccMode !== 'Enabled') throw new NvmlError('NOT_SUPPORTED')
}

function eccOn(call: Call): void {
  if (call.gpu().eccMode !== 'Enabled') throw new NvmlError('NOT_SUPPORTED')
}

export const ECC_ROWS: Rows = {
  nvmlDeviceGetEccMode: row('query ecc.mode.*', (call) => {
    const { eccMode, eccPending } = call.gpu()
    if (eccMode === 'N/A') throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, eccMode === 'Enabled' ? 1 : 0)
    call.putInt(2, eccPending === 'Enabled' ? 1 : 0)
  }),
  nvmlDeviceGetDefaultEccMode: row('host boards: factory setting', (call) => {
    const board = boardOf(stateAt(call.facts.state, call.gpu().index))
    if (!board.eccSupported) throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, board.eccDefault ? 1 : 0)
  }),
  nvmlDeviceSetEccMode: change('gpu ecc', async (call, { changes }) => {
    const { bdf } = call.gpu()
    if (call.number(1) > 1) throw new NvmlError('INVALID_ARGUMENT')
    const on = call.number(1) === 1
    await changes.run(['gpu', 'ecc', on ? 'on' : 'off', '--gpu', bdf], (state) => setEcc(state, { gpu: bdf, on }))
  }),
  nvmlDeviceGetTotalEccErrors: row('query ecc.errors.*.total', (call) => {
    requireEcc(call)
    call.putLong(3, 0)
  }),
  nvmlDeviceGetMemoryErrorCounter: row('query ecc.errors.*', (call) => {
    requireEcc(call)
    if (call.number(3) >= LOCATIONS) throw new NvmlError('INVALID_ARGUMENT')
    if (!COUNTED.includes(call.number(3))) throw new NvmlError('NOT_SUPPORTED')
    call.putLong(4, 0)
  }),
  nvmlDeviceGetDetailedEccErrors: row('query ecc.errors.*', (call) => {
    requireEcc(call)
    call.putStruct(3, nvmlEccErrorCounts_t, {})
  }),
  nvmlDeviceGetSramEccErrorStatus: row('query ecc.errors.*.sram', (call) => {
    eccOn(call)
    call.putVersioned(1, call.versionOf(1, nvmlEccSramErrorStatus_v1_t), {})
  }),
  nvmlDeviceClearEccErrorCounts: row('none: the counters are zero', (call) => {
    eccOn(call)
    if (call.number(1) >= KINDS) throw new NvmlError('INVALID_ARGUMENT')
  }),
  nvmlDeviceGetRemappedRows: row('query remapped_rows.*', (call) => {
    call.gpu()
    for (const i of [1, 2, 3, 4]) call.putInt(i, 0)
  }),
  nvmlDeviceGetRemappedRows_v2: row('query remapped_rows.*', (call) => {
    call.gpu()
    call.putStruct(1, nvmlRemappedRowsInfo_v2_t, {})
  }),
  ...allAbsent(
    'boards that remap rows retire no pages',
    'GetRetiredPages GetRetiredPages_v2 GetRetiredPagesPendingStatus',
  ),
}
