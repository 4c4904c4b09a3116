import {
  nvmlGpuDynamicPstatesInfo_t,
  nvmlGpuThermalSettings_t,
  nvmlMarginTemperature_v1_t,
  nvmlTemperature_v1_t,
  nvmlViolationTime_t,
} from '../../abi/nvml/device.ts'
import type { Telemetry } from '../../engine/load/telemetry.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { type Rows, row } from '../row.ts'
import { allAbsent } from './absent.ts'

/** nvmlClockType_t. */
const CLOCKS = ['graphics', 'sm', 'memory', 'video'] as const
const MEMORY_CLOCK = 2
/** nvmlClockId_t: current, application target, application default, highest boost. */
const CLOCK_IDS = 4
const CURRENT = 0
/** nvmlClocksEventReasons: bits that exist, and that of an idle GPU. */
const KNOWN_REASONS = 0x1ff
const IDLE_REASON = 1
const SENSOR_GPU = 0
const PSTATES = 16
const NO_PSTATE = 32
/** Generations of PCI Express by speed in MT/s. */
const SPEED = [0, 2500, 5000, 8000, 16_000, 32_000, 64_000]
const LINK_SPEED_BITS = 1
const CELSIUS_LEAST = 0
const TARGET_GPU = 1
const CONTROLLER_INTERNAL = 1
/** Kinds of nvmlPerfPolicyType_t. */
const POLICIES = 12
/** Steps of the clocks that can be set. */
const CLOCK_STEP = 15

/** @throws NvmlError NOT_SUPPORTED for a board without a published power limit */
function power(call: Call): NonNullable<Telemetry['power']> {
  const { power: known } = call.gpu().sensors
  if (known === null) throw new NvmlError('NOT_SUPPORTED')
  return known
}

function milliwatts(of: (power: NonNullable<Telemetry['power']>) => number) {
  return (call: Call) => call.putInt(1, Math.round(of(power(call)) * 1000))
}

function clock(call: Call, i: number, from: (sensors: Telemetry) => Telemetry['clocks']): void {
  const { sensors } = call.gpu()
  const name = CLOCKS[call.number(1)]
  if (name === undefined) throw new NvmlError('INVALID_ARGUMENT')
  call.putInt(i, from(sensors)[name])
}

/** Limits by nvmlTemperatureThresholds_t; the memory's and the acoustic ones are not on these boards. */
const THRESHOLDS = ['shutdown', 'slowdown', null, 'max', null, null, null, null] as const

function threshold(call: Call): void {
  const { temperatureLimits } = call.gpu().sensors
  const name = THRESHOLDS[call.number(1)]
  if (name === undefined) throw new NvmlError('INVALID_ARGUMENT')
  if (name === null) throw new NvmlError('NOT_SUPPORTED')
  call.putInt(2, temperatureLimits[name])
}

function reasons(call: Call): void {
  call.putLong(1, call.gpu().sensors.idle ? IDLE_REASON : 0)
}

function pstates(call: Call): void {
  const { sensors } = call.gpu()
  const known = sensors.maxClocks.memory === sensors.clocks.memory && sensors.idle ? [0] : [0, 8]
  const room = Math.floor(call.number(2) / 4)
  if (room < known.length) throw new NvmlError('INSUFFICIENT_SIZE')
  const states = new Uint32Array(Math.min(room, PSTATES)).fill(NO_PSTATE)
  states.set(known)
  call.put(1, new Uint8Array(states.buffer))
}

function clocksOfPstate(call: Call): void {
  const { clocks, maxClocks } = call.gpu().sensors
  const name = CLOCKS[call.number(1)]
  if (name === undefined || call.number(2) >= PSTATES) throw new NvmlError('INVALID_ARGUMENT')
  if (call.number(2) !== 0) throw new NvmlError('NOT_SUPPORTED')
  call.putInt(3, Math.min(clocks[name], maxClocks[name]))
  call.putInt(4, maxClocks[name])
}

function graphicsClocks(call: Call): void {
  const { maxClocks, minGraphics } = call.gpu().sensors
  if (call.number(1) !== maxClocks.memory) throw new NvmlError('NOT_FOUND')
  const count = Math.floor((maxClocks.graphics - minGraphics) / CLOCK_STEP) + 1
  call.putInts(
    2,
    3,
    Array.from({ length: count }, (_, step) => maxClocks.graphics - step * CLOCK_STEP),
  )
}

function dynamicPstates(call: Call): void {
  const { use } = call.gpu()
  const domains = [use.gpu, use.memory, Math.max(use.encoder, use.decoder), 0]
  const utilization = domains.map((percentage) => ({ bIsPresent: 1, percentage, incThreshold: 0, decThreshold: 0 }))
  call.putStruct(1, nvmlGpuDynamicPstatesInfo_t, { flags: 1, utilization })
}

function thermalSettings(call: Call): void {
  const { temperature, temperatureLimits } = call.gpu().sensors
  const sensor = {
    controller: CONTROLLER_INTERNAL,
    defaultMinTemp: CELSIUS_LEAST,
    defaultMaxTemp: temperatureLimits.shutdown,
    currentTemp: temperature,
    target: TARGET_GPU,
  }
  call.putStruct(2, nvmlGpuThermalSettings_t, { count: 1, sensor: [sensor] })
}

const current = (sensors: Telemetry) => sensors.clocks
const highest = (sensors: Telemetry) => sensors.maxClocks

export const SENSOR_ROWS: Rows = {
  nvmlDeviceGetTemperature: row('query temperature.gpu', (call) => {
    const { sensors } = call.gpu()
    if (call.number(1) !== SENSOR_GPU) throw new NvmlError('INVALID_ARGUMENT')
    call.putInt(2, sensors.temperature)
  }),
  nvmlDeviceGetTemperatureV: row('query temperature.gpu', (call) => {
    const { sensors } = call.gpu()
    call.versionOf(1, nvmlTemperature_v1_t)
    const asked = nvmlTemperature_v1_t.decode(call.memory(call.word(1), nvmlTemperature_v1_t.size))
    if (asked.sensorType !== SENSOR_GPU) throw new NvmlError('INVALID_ARGUMENT')
    call.putVersioned(1, nvmlTemperature_v1_t, { sensorType: SENSOR_GPU, temperature: sensors.temperature })
  }),
  nvmlDeviceGetMarginTemperature: row('query temperature.gpu.tlimit', (call) => {
    const { sensors, limitDistance } = call.gpu()
    const { temperature, temperatureLimits } = sensors
    const struct = call.versionOf(1, nvmlMarginTemperature_v1_t)
    if (!limitDistance) throw new NvmlError('NOT_SUPPORTED')
    call.putVersioned(1, struct, { marginTemperature: temperatureLimits.max - temperature })
  }),
  nvmlDeviceGetTemperatureThreshold: row('smi -q -d TEMPERATURE', threshold),
  nvmlDeviceGetThermalSettings: row('query temperature.gpu', thermalSettings),
  nvmlDeviceGetPowerUsage: row(
    'query power.draw',
    milliwatts(({ draw }) => draw),
  ),
  nvmlDeviceGetEnforcedPowerLimit: row(
    'query enforced.power.limit',
    milliwatts(({ limit }) => limit),
  ),
  nvmlDeviceGetPowerManagementLimit: row(
    'query power.limit',
    milliwatts(({ limit }) => limit),
  ),
  nvmlDeviceGetPowerManagementDefaultLimit: row(
    'query power.default_limit',
    milliwatts(({ limit }) => limit),
  ),
  nvmlDeviceGetPowerManagementLimitConstraints: row('query power.min_limit, .max_limit', (call) => {
    const { min, max } = power(call)
    call.putInt(1, min * 1000)
    call.putInt(2, max * 1000)
  }),
  nvmlDeviceGetPowerManagementMode: row('query power.management', (call) => {
    power(call)
    call.putInt(1, 1)
  }),
  nvmlDeviceGetPowerSource: row('all boards: mains', (call) => {
    call.gpu()
    call.putInt(1, 0)
  }),
  nvmlDeviceGetClockInfo: row('query clocks.current.*', (call) => clock(call, 2, current)),
  nvmlDeviceGetMaxClockInfo: row('query clocks.max.*', (call) => clock(call, 2, highest)),
  nvmlDeviceGetApplicationsClock: row('query clocks.applications.*', (call) => clock(call, 2, highest)),
  nvmlDeviceGetDefaultApplicationsClock: row('query clocks.default_applications.*', (call) => clock(call, 2, highest)),
  nvmlDeviceGetMaxCustomerBoostClock: row('query clocks.max.*', (call) => clock(call, 2, highest)),
  nvmlDeviceGetClock: row('query clocks.*', (call) => {
    if (call.number(2) >= CLOCK_IDS) throw new NvmlError('INVALID_ARGUMENT')
    clock(call, 3, call.number(2) === CURRENT ? current : highest)
  }),
  nvmlDeviceGetMinMaxClockOfPState: row('query clocks.*', clocksOfPstate),
  nvmlDeviceGetSupportedMemoryClocks: row('query clocks.max.memory', (call) =>
    call.putInts(1, 2, [call.gpu().sensors.maxClocks[CLOCKS[MEMORY_CLOCK]]]),
  ),
  nvmlDeviceGetSupportedGraphicsClocks: row('query clocks.max.graphics', graphicsClocks),
  nvmlDeviceGetCurrentClocksEventReasons: row('query clocks_event_reasons.active', reasons),
  nvmlDeviceGetCurrentClocksThrottleReasons: row('query clocks_event_reasons.active', reasons),
  nvmlDeviceGetSupportedClocksEventReasons: row('query clocks_event_reasons.supported', (call) => {
    call.gpu()
    call.putLong(1, KNOWN_REASONS)
  }),
  nvmlDeviceGetSupportedClocksThrottleReasons: row('query clocks_event_reasons.supported', (call) => {
    call.gpu()
    call.putLong(1, KNOWN_REASONS)
  }),
  nvmlDeviceGetPerformanceState: row('query pstate', (call) => call.putInt(1, call.gpu().sensors.pstate)),
  nvmlDeviceGetPowerState: row('query pstate', (call) => call.putInt(1, call.gpu().sensors.pstate)),
  nvmlDeviceGetSupportedPerformanceStates: row('query pstate', pstates),
  nvmlDeviceGetDynamicPstatesInfo: row('query utilization.*', dynamicPstates),
  nvmlDeviceGetViolationStatus: row('query clocks_event_reasons_counters.*', (call) => {
    call.gpu()
    if (call.number(1) >= POLICIES) throw new NvmlError('INVALID_ARGUMENT')
    call.putStruct(2, nvmlViolationTime_t, { referenceTime: call.facts.clock, violationTime: 0 })
  }),
  nvmlDeviceGetCurrPcieLinkGeneration: row('query pcie.link.gen.current', (call) =>
    call.putInt(1, call.gpu().sensors.pcie.generation),
  ),
  nvmlDeviceGetMaxPcieLinkGeneration: row('query pcie.link.gen.max', (call) =>
    call.putInt(1, call.gpu().sensors.pcie.maxGeneration),
  ),
  nvmlDeviceGetGpuMaxPcieLinkGeneration: row('query pcie.link.gen.gpumax', (call) =>
    call.putInt(1, call.gpu().sensors.pcie.maxGeneration),
  ),
  nvmlDeviceGetCurrPcieLinkWidth: row('query pcie.link.width.current', (call) =>
    call.putInt(1, call.gpu().sensors.pcie.width),
  ),
  nvmlDeviceGetMaxPcieLinkWidth: row('query pcie.link.width.max', (call) =>
    call.putInt(1, call.gpu().sensors.pcie.width),
  ),
  nvmlDeviceGetPcieSpeed: row('query pcie.link.gen.current', (call) =>
    call.putInt(1, SPEED[call.gpu().sensors.pcie.generation] ?? 0),
  ),
  // The header has codes for speeds, and these are the generations.
  nvmlDeviceGetPcieLinkMaxSpeed: row('query pcie.link.gen.max', (call) =>
    call.putInt(1, call.gpu().sensors.pcie.maxGeneration * LINK_SPEED_BITS),
  ),
  nvmlDeviceGetPcieThroughput: row('smi -q: Tx and Rx Throughput', (call) => {
    const { pcie } = call.gpu().sensors
    if (call.number(1) > 1) throw new NvmlError('INVALID_ARGUMENT')
    call.putInt(2, call.number(1) === 0 ? pcie.txKiBps : pcie.rxKiBps)
  }),
  nvmlDeviceGetPcieReplayCounter: row('smi -q: Replays Since Reset', (call) => {
    call.gpu()
    call.putInt(1, 0)
  }),
  ...allAbsent('the model counts no energy', 'GetTotalEnergyConsumption'),
}
