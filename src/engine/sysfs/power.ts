import { NvError } from '../../errors/nv-error.ts'
import { type Attributes, directory, files, type SysfsDirectory } from './node.ts'
import { invalid } from './numbers.ts'

/** Attributes of a device without runtime power management (drivers/base/power/sysfs.c). */
const POWER: Attributes<null> = {
  autosuspend_delay_ms: { mode: 0o644, show: noAutosuspend, store: noAutosuspend },
  control: { mode: 0o644, show: () => 'on\n', store: (_at, text) => storeControl(text) },
  runtime_active_time: { mode: 0o444, show: () => '0\n' },
  runtime_status: { mode: 0o444, show: () => 'active\n' },
  runtime_suspended_time: { mode: 0o444, show: () => '0\n' },
}

/** The directory `power` of a device. */
export function powerDirectory(): SysfsDirectory {
  return directory(files(null, POWER))
}

/** Drivers that do not use autosuspend: every access is EIO. */
function noAutosuspend(): never {
  throw new NvError({
    errno: 'EIO',
    code: 'unsupported',
    at: 'autosuspend_delay_ms',
    message: 'the device does not use autosuspend',
  })
}

/** control_store takes "on" and "auto". The simulated device stays on under both. */
function storeControl(text: string): void {
  const word = text.replace(/\n$/, '')
  if (word !== 'on' && word !== 'auto') throw invalid(text, 'control_store')
}
