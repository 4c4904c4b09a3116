import type { Row, Rows } from '../row.ts'
import { ECC_ROWS } from './ecc.ts'
import { EVENT_ROWS } from './events.ts'
import { IDENTITY_ROWS } from './identity.ts'
import { INIT_ROWS } from './init.ts'
import { MEMORY_ROWS } from './memory.ts'
import { MIG_ROWS } from './mig.ts'
import { MODE_ROWS } from './modes.ts'
import { PROCESS_ROWS } from './processes.ts'
import { SENSOR_ROWS } from './sensors.ts'
import { SYSTEM_ROWS } from './system.ts'

const ROWS: Rows = {
  ...INIT_ROWS,
  ...SYSTEM_ROWS,
  ...IDENTITY_ROWS,
  ...MEMORY_ROWS,
  ...SENSOR_ROWS,
  ...ECC_ROWS,
  ...PROCESS_ROWS,
  ...MODE_ROWS,
  ...MIG_ROWS,
  ...EVENT_ROWS,
}

/** What answers a function; undefined if the model has nothing for it. */
export function rowOf(name: string): Row | undefined {
  return Object.hasOwn(ROWS, name) ? ROWS[name] : undefined
}
