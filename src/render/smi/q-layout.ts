import { Q_550 } from './q-layout-550.ts'
import { Q_580 } from './q-layout-580.ts'
import type { Style } from './style.ts'

/**
 * The lines of `nvidia-smi -q` for one GPU, in order. A space in front is a level. Columns: label, XML element, value,
 * section of -d. The label - marks a line of XML only, the element - a line of text only. In front of a label, ~ says that
 * the text has it only if -d selects it, % that it is of boards that measure the distance to the limit (T.Limit), & of the
 * others. A value is a text; = and a fact; 0x= and a fact that XML has without 0x; ! and a text on a line of its own; an
 * empty value, or ? and a required fact, makes a heading. * are utilisation samples, ^ supported clocks, + processes,
 * @ MIG devices.
 */
export const Q_LAYOUTS: Readonly<Record<Style['name'], string>> = { '550': Q_550, '580': Q_580 }

/** Words of -d (nvidia-smi(1)). */
export const Q_PARTS: readonly string[] = [
  'MEMORY',
  'UTILIZATION',
  'ECC',
  'TEMPERATURE',
  'POWER',
  'CLOCK',
  'COMPUTE',
  'PIDS',
  'PERFORMANCE',
  'SUPPORTED_CLOCKS',
  'PAGE_RETIREMENT',
  'ACCOUNTING',
  'ENCODER_STATS',
  'SUPPORTED_GPU_TARGET_TEMP',
  'VOLTAGE',
  'FBC_STATS',
  'ROW_REMAPPER',
  'GSP_FIRMWARE_VERSION',
  'POWER_SMOOTHING',
  'POWER_PROFILES',
]
