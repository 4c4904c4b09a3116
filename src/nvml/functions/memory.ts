import {
  nvmlBAR1Memory_t,
  nvmlMemory_t,
  nvmlMemory_v2_t,
  nvmlSample_t,
  nvmlUtilization_t,
} from '../../abi/nvml/device.ts'
import { samplesOf } from '../../engine/load/perfmon.ts'
import { stateAt } from '../../engine/select.ts'
import type { SmiGpuView, SmiUse } from '../../engine/smi/view.ts'
import type { Call } from '../call.ts'
import { NvmlError } from '../error.ts'
import { memoryOwner } from '../instances.ts'
import { type Rows, row } from '../row.ts'

const MIB = 1_048_576
/** The load model has one sample a second. */
const PERIOD_US = 1_000_000
const UNSIGNED_INT = 1

/** A GPU with figures of its engines: none has any with MIG on. @throws NvmlError NOT_SUPPORTED */
function measured(call: Call): SmiGpuView {
  const gpu = call.gpu()
  if (gpu.migMode === 'Enabled') throw new NvmlError('NOT_SUPPORTED')
  return gpu
}

function engineUse(call: Call, engine: keyof SmiUse): void {
  call.putInt(1, measured(call).use[engine])
  call.putInt(2, PERIOD_US)
}

/** Sampled values, by nvmlSamplingType_t. */
const SAMPLED: Readonly<Record<number, keyof SmiUse>> = {
  1: 'gpu',
  2: 'memory',
  3: 'encoder',
  4: 'decoder',
  8: 'jpeg',
  9: 'ofa',
}
const SAMPLE_KINDS = 10

/** Samples since a time: those of the firmware, then that of the current second. */
function samples(call: Call): void {
  const gpu = measured(call)
  const type = call.number(1)
  const engine = SAMPLED[type]
  if (type >= SAMPLE_KINDS) throw new NvmlError('INVALID_ARGUMENT')
  if (engine === undefined) throw new NvmlError('NOT_SUPPORTED')
  const { facts } = call
  const { load } = stateAt(facts.state, gpu.index)
  const times = [...new Set(samplesOf(load).map(({ at }) => at))]
  const shift = facts.clock - facts.after - facts.state.now
  const kept = times.map((at, index) => ({ at: at + shift, value: percentAt(gpu.samples, engine, index) }))
  const all = [...kept, { at: facts.sampleTime, value: gpu.use[engine] }].filter(({ at }) => BigInt(at) > call.word(2))
  if (all.length === 0) throw new NvmlError('NOT_FOUND')
  // Without a buffer the function tells its size, and succeeds.
  const room = call.word(5) === 0n ? all.length : call.memory(call.word(4), 4).readUInt32LE()
  call.putInt(4, all.length)
  if (room < all.length) throw new NvmlError('INSUFFICIENT_SIZE')
  call.putInt(3, UNSIGNED_INT)
  if (call.word(5) === 0n) return
  const rows = all.map(({ at, value }) => nvmlSample_t.encode({ timeStamp: BigInt(at), sampleValue: { uiVal: value } }))
  call.put(5, Buffer.concat(rows))
}

function percentAt(kept: Readonly<Record<string, readonly number[]>>, engine: string, index: number): number {
  return kept[engine]?.[index] ?? 0
}

export const MEMORY_ROWS: Rows = {
  nvmlDeviceGetMemoryInfo: row('query memory.*', (call) => {
    const { total, free } = memoryOwner(call).memory
    call.putStruct(1, nvmlMemory_t, { total: total * MIB, free: free * MIB, used: (total - free) * MIB })
  }),
  nvmlDeviceGetMemoryInfo_v2: row('query memory.*', (call) => {
    const { total, free, used, reserved } = memoryOwner(call).memory
    const struct = call.versionOf(1, nvmlMemory_v2_t)
    call.putVersioned(1, struct, { total: total * MIB, reserved: reserved * MIB, free: free * MIB, used: used * MIB })
  }),
  nvmlDeviceGetBAR1MemoryInfo: row('smi -q: BAR1 Memory Usage', (call) => {
    const { total, free, used } = memoryOwner(call).bar1
    call.putStruct(1, nvmlBAR1Memory_t, { bar1Total: total * MIB, bar1Free: free * MIB, bar1Used: used * MIB })
  }),
  nvmlDeviceGetUtilizationRates: row('query utilization.gpu, .memory', (call) => {
    const { gpu, memory } = measured(call).use
    call.putStruct(1, nvmlUtilization_t, { gpu, memory })
  }),
  nvmlDeviceGetEncoderUtilization: row('query utilization.encoder', (call) => engineUse(call, 'encoder')),
  nvmlDeviceGetDecoderUtilization: row('query utilization.decoder', (call) => engineUse(call, 'decoder')),
  nvmlDeviceGetJpgUtilization: row('query utilization.jpeg', (call) => engineUse(call, 'jpeg')),
  nvmlDeviceGetOfaUtilization: row('query utilization.ofa', (call) => engineUse(call, 'ofa')),
  nvmlDeviceGetSamples: row('dmon', samples),
}
