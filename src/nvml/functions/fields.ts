import { nvmlFieldValue_t } from '../../abi/nvml/device.ts'
import type { NvmlReturn } from '../../abi/nvml/return.ts'
import type { SmiGpuView } from '../../engine/smi/view.ts'
import type { Call } from '../call.ts'
import { NvmlError, numberOf } from '../error.ts'
import { migDeviceOf } from '../instances.ts'
import { type Rows, row } from '../row.ts'

/** Most fields of one call. */
const MOST_FIELDS = 1000
const UNSIGNED_INT = 1
const UNSIGNED_LONG_LONG = 3
const LAST_FIELD = 303

type Field = (gpu: SmiGpuView) => number | null

const eccCount: Field = ({ eccMode }) => (eccMode === 'Enabled' ? 0 : null)
const power = (of: (power: NonNullable<SmiGpuView['sensors']['power']>) => number): Field => {
  return ({ sensors }) => (sensors.power === null ? null : Math.round(of(sensors.power) * 1000))
}
const onOff = (of: (gpu: SmiGpuView) => string): Field => {
  return (gpu) => (of(gpu) === 'N/A' ? null : of(gpu) === 'Enabled' ? 1 : 0)
}

/** Degrees of the memory above the GPU, on boards with HBM. */
const HBM_ABOVE = 2
/** The distance of a threshold from the limit, on boards that measure it. */
const limitDistance = (of: (limits: SmiGpuView['sensors']['temperatureLimits']) => number): Field => {
  return (gpu) => (gpu.limitDistance ? of(gpu.sensors.temperatureLimits) : null)
}

/** Fields by number (NVML_FI_DEV_…). A counter is 64 bits wide. */
const FIELDS: Readonly<Record<number, { readonly of: Field; readonly isLong?: true }>> = {
  1: { of: onOff(({ eccMode }) => eccMode) },
  2: { of: onOff(({ eccPending }) => eccPending) },
  3: { of: eccCount, isLong: true },
  4: { of: eccCount, isLong: true },
  5: { of: eccCount, isLong: true },
  6: { of: eccCount, isLong: true },
  82: { of: ({ hbm, sensors }) => (hbm ? sensors.temperature + HBM_ABOVE : null) },
  94: { of: () => 0 },
  95: { of: () => 0 },
  142: { of: () => 0 },
  143: { of: () => 0 },
  144: { of: () => 0 },
  145: { of: () => 0 },
  185: { of: power(({ draw }) => draw) },
  186: { of: power(({ draw }) => draw) },
  187: { of: power(({ min }) => min) },
  188: { of: power(({ max }) => max) },
  189: { of: power(({ limit }) => limit) },
  190: { of: power(({ limit }) => limit) },
  192: { of: power(({ limit }) => limit) },
  193: { of: limitDistance(({ max, shutdown }) => max - shutdown) },
  194: { of: limitDistance(({ max, slowdown }) => max - slowdown) },
  195: { of: ({ hbm }) => (hbm ? 0 : null) },
  196: { of: limitDistance(() => 0) },
  230: { of: () => 0 },
  301: { of: () => 0 },
  302: { of: () => 0 },
}

/** One record: its own time and return code, and a value if the GPU has one. The fields are of whole GPUs: a MIG device (null) has none. */
function record(call: Call, gpu: SmiGpuView | null, fieldId: number, scopeId: number): Uint8Array {
  const field = FIELDS[fieldId]
  const value = gpu === null ? null : (field?.of(gpu) ?? null)
  const code: NvmlReturn =
    value !== null ? 'SUCCESS' : fieldId === 0 || fieldId >= LAST_FIELD ? 'INVALID_ARGUMENT' : 'NOT_SUPPORTED'
  return nvmlFieldValue_t.encode({
    fieldId,
    scopeId,
    timestamp: call.facts.clock,
    latencyUsec: 0,
    valueType: field?.isLong === true ? UNSIGNED_LONG_LONG : UNSIGNED_INT,
    nvmlReturn: numberOf(code),
    value: value === null ? {} : field?.isLong === true ? { ullVal: BigInt(value) } : { uiVal: value >>> 0 },
  })
}

function asked(call: Call) {
  const count = call.number(1)
  if (count === 0 || count > MOST_FIELDS) throw new NvmlError('INVALID_ARGUMENT')
  const bytes = call.memory(call.word(2), count * nvmlFieldValue_t.size)
  return Array.from({ length: count }, (_, i) => ({
    fieldId: bytes.readUInt32LE(i * nvmlFieldValue_t.size),
    scopeId: bytes.readUInt32LE(i * nvmlFieldValue_t.size + 4),
  }))
}

export const FIELD_ROWS: Rows = {
  nvmlDeviceGetFieldValues: row('query: the same properties', (call) => {
    const gpu = migDeviceOf(call) === null ? call.gpu() : null
    const records = asked(call).map(({ fieldId, scopeId }) => record(call, gpu, fieldId, scopeId))
    call.put(2, Buffer.concat(records))
  }),
  nvmlDeviceClearFieldValues: row('none: the counters are zero', (call) => {
    if (migDeviceOf(call) === null) call.gpu()
    asked(call)
  }),
}
