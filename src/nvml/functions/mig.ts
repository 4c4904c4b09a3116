import { NvmlError } from '../error.ts'
import { coded, type Rows, row } from '../row.ts'
import { allAbsent } from './absent.ts'

export const MIG_ROWS: Rows = {
  nvmlDeviceGetMigMode: row('query mig.mode.*', (call) => {
    if (call.gpu().migMode === 'N/A') throw new NvmlError('NOT_SUPPORTED')
    call.putInt(1, 0)
    call.putInt(2, 0)
  }),
  nvmlDeviceGetMaxMigDeviceCount: row('none: no MIG device', (call) => {
    call.gpu()
    call.putInt(1, 0)
  }),
  nvmlDeviceGetMigDeviceHandleByIndex: coded('none: no MIG device', (call) => {
    if (call.gpu().migMode === 'N/A') throw new NvmlError('NOT_SUPPORTED')
    return 'NOT_FOUND'
  }),
  nvmlDeviceIsMigDeviceHandle: row('none: no MIG device', (call) => {
    call.gpu()
    call.putInt(1, 0)
  }),
  ...allAbsent(
    'MIG is not modelled',
    'SetMigMode GetGpuInstanceId GetComputeInstanceId GetDeviceHandleFromMigDeviceHandle GetAttributes GetAttributes_v2 GetGpuInstanceProfileInfo GetGpuInstanceProfileInfoV GetGpuInstances GetGpuInstanceById CreateGpuInstance GetGpuInstanceRemainingCapacity GetGpuInstancePossiblePlacements GetGpuInstancePossiblePlacements_v2',
  ),
}
