import type { Row, Rows } from '../row.ts'
import { ACCOUNTING_ROWS } from './accounting.ts'
import { BOARD_ROWS } from './board.ts'
import { COMPUTE_INSTANCE_ROWS } from './compute-instances.ts'
import { ECC_ROWS } from './ecc.ts'
import { EVENT_ROWS } from './events.ts'
import { FIELD_ROWS } from './fields.ts'
import { GPU_INSTANCE_PROFILE_ROWS } from './gpu-instance-profiles.ts'
import { GPU_INSTANCE_VGPU_ROWS } from './gpu-instance-vgpus.ts'
import { GPU_INSTANCE_ROWS } from './gpu-instances.ts'
import { IDENTITY_ROWS } from './identity.ts'
import { INIT_ROWS } from './init.ts'
import { MEMORY_ROWS } from './memory.ts'
import { MIG_ROWS } from './mig.ts'
import { MODE_ROWS } from './modes.ts'
import { PROCESS_ROWS } from './processes.ts'
import { SENSOR_ROWS } from './sensors.ts'
import { SYSTEM_ROWS } from './system.ts'
import { TOPOLOGY_ROWS } from './topology.ts'
import { VGPU_INSTANCE_ROWS } from './vgpu-instances.ts'
import { VGPU_LIST_ROWS } from './vgpu-lists.ts'
import { VGPU_METADATA_ROWS } from './vgpu-metadata.ts'
import { VGPU_SCHEDULER_ROWS } from './vgpu-scheduler.ts'
import { VGPU_TYPE_ROWS } from './vgpu-types.ts'
import { VGPU_USE_ROWS } from './vgpu-use.ts'

const ROWS: Rows = {
  ...INIT_ROWS,
  ...SYSTEM_ROWS,
  ...IDENTITY_ROWS,
  ...BOARD_ROWS,
  ...MEMORY_ROWS,
  ...SENSOR_ROWS,
  ...ECC_ROWS,
  ...PROCESS_ROWS,
  ...MODE_ROWS,
  ...MIG_ROWS,
  ...TOPOLOGY_ROWS,
  ...EVENT_ROWS,
  ...ACCOUNTING_ROWS,
  ...FIELD_ROWS,
  ...VGPU_LIST_ROWS,
  ...VGPU_TYPE_ROWS,
  ...VGPU_INSTANCE_ROWS,
  ...VGPU_USE_ROWS,
  ...VGPU_SCHEDULER_ROWS,
  ...VGPU_METADATA_ROWS,
  ...GPU_INSTANCE_PROFILE_ROWS,
  ...GPU_INSTANCE_ROWS,
  ...COMPUTE_INSTANCE_ROWS,
  ...GPU_INSTANCE_VGPU_ROWS,
}

/** What answers a function; undefined if the model has nothing for it. */
export function rowOf(name: string): Row | undefined {
  return Object.hasOwn(ROWS, name) ? ROWS[name] : undefined
}
