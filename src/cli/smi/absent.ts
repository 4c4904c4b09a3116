import type { SmiGpuView } from '../../engine/smi/view.ts'
import { SMI_STATUS, SmiExit } from './outcome.ts'
import { look, type Screen } from './screens.ts'
import { OPTIONS, type TopKey } from './top-options.ts'

/** Settings without a counterpart in the model. nvidia-smi warns about those that a board lacks, and ends with 0. */
const SETTINGS: Readonly<Partial<Record<TopKey, string>>> = {
  power: 'Changing power management limit',
  gom: 'Changing GPU operation mode',
  gpuClocks: 'Setting locked GPU clocks',
  memoryClocks: 'Setting locked memory clocks',
  memoryClocksDeferred: 'Setting deferred locked memory clocks',
  applicationsClocks: 'Setting applications clocks',
  cudaClocks: 'Overriding CUDA clocks',
  autoBoost: 'Setting auto boost default',
  autoBoostPermission: 'Setting auto boost permission',
  targetTemperature: 'Setting GPU target temperature',
  dramEncryption: 'Changing DRAM encryption mode',
  setHostname: 'Setting the hostname',
  getHostname: 'Reading the hostname',
  virtualization: 'Changing GPU virtualization mode',
  clearEcc: 'Resetting ECC error counts',
}

const SWITCH = /^(0|1|enabled|disabled)$/i
const RANGE = /^\d+(,\d+)?$/

/** The values that a setting takes; any without a row. */
const VALUES: Readonly<Partial<Record<TopKey, RegExp>>> = {
  power: /^\d+(\.\d+)?$/,
  gom: /^([0-2]|all_on|compute|low_dp)$/i,
  gpuClocks: RANGE,
  memoryClocks: RANGE,
  memoryClocksDeferred: /^\d+$/,
  applicationsClocks: /^\d+,\d+$/,
  cudaClocks: /^(0|1|restore_default|override)$/i,
  autoBoost: SWITCH,
  autoBoostPermission: /^(0|1|unrestricted|restricted)$/i,
  targetTemperature: /^\d+$/,
  dramEncryption: SWITCH,
  virtualization: /^([34]|vgpu|vsga)$/i,
  clearEcc: /^(0|1|volatile|aggregate)$/i,
}

/** Settings that a GPU has already, whatever its board. */
const DEFAULTS: Readonly<Partial<Record<TopKey, string>>> = {
  resetGpuClocks: 'GPU clocks are at their defaults',
  resetMemoryClocks: 'Memory clocks are at their defaults',
  resetMemoryClocksDeferred: 'Deferred memory clocks are at their defaults',
  resetApplicationsClocks: 'Applications clocks are at their defaults',
  clearAccounted: 'No ended process is in the account',
}

/** Things that no simulated host has. */
const THINGS: Readonly<Partial<Record<TopKey, readonly [text: string, status: number]>>> = {
  led: ['No units were found\n', SMI_STATUS.notFound],
  debug: ['Debug log: Not Supported\n', SMI_STATUS.notAvailable],
  helpInstanceLogs: ['vGPU scheduler logs of GPU instances: Not Supported\n', SMI_STATUS.notAvailable],
}

/** The sentence for a value that a GPU has already; null for another value. */
function held(key: TopKey, value: string, gpu: SmiGpuView): string | null {
  if (key === 'power' && Number(value) === gpu.powerLimitW)
    return `Power limit is already ${gpu.powerLimitW.toFixed(2)} W`
  if (key === 'cudaClocks' && /^(0|restore_default)$/i.test(value)) return 'CUDA clocks are at their defaults'
  if (key === 'virtualization' && /^(3|vgpu)$/i.test(value) && gpu.vgpuHost)
    return 'GPU virtualization mode is already VGPU'
  if (key === 'clearEcc' && gpu.eccMode === 'Enabled')
    return `${/^[0v]/i.test(value) ? 'Volatile' : 'Aggregate'} ECC error counts are zero`
  return null
}

/**
 * The answer to an option of a thing that is not modelled; null if none was given.
 * @throws SmiExit 6 or 3 for a missing thing; 2 for an invalid value; 3 for a warning under -eow
 */
export async function absent(screen: Screen, given: ReadonlyMap<TopKey, string>): Promise<string | null> {
  const keys = [...given.keys()]
  const thing = keys.flatMap((key) => THINGS[key] ?? [])
  if (thing.length > 0) throw new SmiExit(String(thing[0]), Number(thing[1]))
  const key = keys.find((each) => each in SETTINGS || each in DEFAULTS)
  if (key === undefined) return null
  const value = given.get(key) ?? ''
  if (VALUES[key]?.test(value) === false)
    throw new SmiExit(`Invalid value "${value}" for ${OPTIONS[key].names[0]}.\n`, SMI_STATUS.invalidArgument)
  const { gpus } = await look(screen, given.get('id'))
  const answers = gpus.map((gpu) => ({ busId: gpu.busId, done: DEFAULTS[key] ?? held(key, value, gpu) }))
  const lines = answers.map(({ busId, done }) =>
    done === null
      ? `${SETTINGS[key]} is not supported for GPU ${busId}.\nTreating as warning and moving on.\n`
      : `${done} for GPU ${busId}.\n`,
  )
  const text = `${lines.join('')}All done.\n`
  if (given.has('errorOnWarning') && answers.some(({ done }) => done === null))
    throw new SmiExit(text, SMI_STATUS.notAvailable)
  return text
}
