import { coded, type Rows } from '../row.ts'

const NAMES =
  'GetActiveVgpus GetCreatableVgpus GetVgpuTypeCreatablePlacements GetVgpuHeterogeneousMode SetVgpuHeterogeneousMode GetVgpuSchedulerState GetVgpuSchedulerState_v2 SetVgpuSchedulerState SetVgpuSchedulerState_v2 GetVgpuSchedulerLog GetVgpuSchedulerLog_v2'

/** The functions of vGPUs on GPU instances: no handle of one exists without MIG. */
export const GPU_INSTANCE_ROWS: Rows = Object.fromEntries(
  NAMES.split(' ').map((name) => [`nvmlGpuInstance${name}`, coded('none: MIG is not modelled', () => 'NOT_SUPPORTED')]),
)
