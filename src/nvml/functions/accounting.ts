import { nvmlAccountingStats_t, nvmlAccountingStats_v2_t } from '../../abi/nvml/device.ts'
import { samplesOf } from '../../engine/load/perfmon.ts'
import { stateAt } from '../../engine/select.ts'
import type { SmiVgpuView } from '../../engine/smi/view.ts'
import type { GpuModes } from '../../engine/state.ts'
import { setGpuModes } from '../../engine/verbs/gpu-modes.ts'
import type { Call } from '../call.ts'
import type { Client } from '../client.ts'
import { NvmlError } from '../error.ts'
import { change, type Rows, row } from '../row.ts'
import { captureSessions, captureStats, encoderSessions, encoderStats } from './vgpu-instances.ts'

const MIB = 1_048_576
/** Processes that the accounting remembers, as nvidia-smi says. */
const BUFFER = 4000
const ENCODERS = 3
/** nvmlComputeMode_t; the second is deprecated. */
const COMPUTE = ['default', null, 'prohibited', 'exclusive-process'] as const

/** Means of a vGPU's kept samples, in percent, and the time of the first. */
function meansOf(call: Call, vgpu: SmiVgpuView) {
  const { load, vfs } = stateAt(call.facts.state, vgpu.gpu)
  const gfid = (vfs.find(({ bdf }) => bdf === vgpu.vf)?.index ?? -1) + 1
  const samples = samplesOf(load, gfid)
  const mean = (sum: number) => (samples.length === 0 ? 0 : Math.round(sum / samples.length / 100))
  return {
    gpu: samples.length === 0 ? vgpu.use.gpu : mean(samples.reduce((sum, { gr }) => sum + gr, 0)),
    memory: samples.length === 0 ? vgpu.use.memory : mean(samples.reduce((sum, { fb }) => sum + fb, 0)),
    count: samples.length,
    startTime: samples[0]?.at ?? call.facts.state.now,
  }
}

/** A running process: its time counts when it ends. */
function stats(call: Call, vgpu: SmiVgpuView, usedMiB: number) {
  const { gpu, memory, startTime } = meansOf(call, vgpu)
  return {
    gpuUtilization: gpu,
    memoryUtilization: memory,
    maxMemoryUsage: usedMiB * MIB,
    time: 0,
    startTime,
    isRunning: 1,
  }
}

/** The running vGPUs of a GPU that accounts. @throws NvmlError NOT_SUPPORTED while accounting is off */
function accounted(call: Call): SmiVgpuView[] {
  const { modes, vgpus } = call.gpu()
  if (!modes.accounting) throw new NvmlError('NOT_SUPPORTED')
  return vgpus
}

/** The vGPU of a guest that accounts. @throws NvmlError NOT_SUPPORTED while accounting is off, or without a guest driver */
function accountedVgpu(call: Call): SmiVgpuView {
  const vgpu = call.vgpu()
  if (!vgpu.accounting) throw new NvmlError('NOT_SUPPORTED')
  return vgpu
}

function byPid(vgpus: readonly SmiVgpuView[], pid: number): SmiVgpuView {
  const found = vgpus.find((vgpu) => vgpu.pid === pid)
  if (found === undefined) throw new NvmlError('NOT_FOUND')
  return found
}

function statsV2(call: Call): void {
  const vgpus = accounted(call)
  const { pid } = nvmlAccountingStats_v2_t.decode(call.memory(call.word(1), nvmlAccountingStats_v2_t.size))
  const vgpu = byPid(vgpus, pid)
  const { gpu, memory, count, startTime } = meansOf(call, vgpu)
  call.putStruct(1, nvmlAccountingStats_v2_t, {
    pid,
    isRunning: 1,
    gpuUtilization: gpu,
    memoryUtilization: memory,
    maxMemoryUsage: vgpu.residentMiB * MIB,
    sampleCount: count,
    sumGpuUtil: gpu * count,
    sumFbUtil: memory * count,
    time: 0,
    startTime,
  })
}

async function setModes(call: Call, { changes }: Client, verb: readonly string[], modes: Partial<GpuModes>) {
  const { bdf } = call.gpu()
  await changes.run(['gpu', ...verb, '--gpu', bdf], (state) => setGpuModes(state, { gpu: bdf, modes }))
}

function switchOf(call: Call): boolean {
  call.gpu()
  if (call.number(1) > 1) throw new NvmlError('INVALID_ARGUMENT')
  return call.number(1) === 1
}

const word = (on: boolean) => (on ? 'on' : 'off')

export const ACCOUNTING_ROWS: Rows = {
  nvmlDeviceGetPersistenceMode: row('query persistence_mode', (call) =>
    call.putInt(1, call.gpu().modes.persistence ? 1 : 0),
  ),
  nvmlDeviceSetPersistenceMode: change('gpu persistence', async (call, client) => {
    const on = switchOf(call)
    await setModes(call, client, ['persistence', word(on)], { persistence: on })
  }),
  nvmlDeviceGetComputeMode: row('query compute_mode', (call) =>
    call.putInt(1, COMPUTE.indexOf(call.gpu().modes.compute)),
  ),
  nvmlDeviceSetComputeMode: change('gpu compute-mode', async (call, client) => {
    call.gpu()
    const compute = COMPUTE[call.number(1)]
    if (compute === undefined) throw new NvmlError('INVALID_ARGUMENT')
    if (compute === null) throw new NvmlError('NOT_SUPPORTED')
    await setModes(call, client, ['compute-mode', compute], { compute })
  }),
  nvmlDeviceGetAccountingMode: row('query accounting.mode', (call) =>
    call.putInt(1, call.gpu().modes.accounting ? 1 : 0),
  ),
  nvmlDeviceSetAccountingMode: change('gpu accounting', async (call, client) => {
    const on = switchOf(call)
    await setModes(call, client, ['accounting', word(on)], { accounting: on })
  }),
  nvmlDeviceGetAccountingBufferSize: row('query accounting.buffer_size', (call) => {
    call.gpu()
    call.putInt(1, BUFFER)
  }),
  nvmlDeviceGetAccountingPids: row('smi: Processes', (call) =>
    call.putInts(
      1,
      2,
      accounted(call).map(({ pid }) => pid),
    ),
  ),
  nvmlDeviceGetAccountingStats: row('vgpu stats', (call) => {
    const vgpu = byPid(accounted(call), call.number(1))
    call.putStruct(2, nvmlAccountingStats_t, stats(call, vgpu, vgpu.residentMiB))
  }),
  nvmlDeviceGetAccountingStats_v2: row('vgpu stats', statsV2),
  nvmlDeviceClearAccountingPids: change('none: only running processes are kept', async (call, { changes }) => {
    accounted(call)
    await changes.run(['gpu', 'accounting', 'on'], () => {})
  }),
  nvmlVgpuInstanceGetAccountingMode: row('smi vgpu -q: Accounting Mode', (call) =>
    call.putInt(1, call.vgpu().accounting ? 1 : 0),
  ),
  nvmlVgpuInstanceGetAccountingPids: row('smi vgpu -p', (call) => {
    const { process } = accountedVgpu(call)
    call.putInts(1, 2, process === null ? [] : [process.pid])
  }),
  nvmlVgpuInstanceGetAccountingStats: row('vgpu stats', (call) => {
    const vgpu = accountedVgpu(call)
    if (vgpu.process?.pid !== call.number(1)) throw new NvmlError('NOT_FOUND')
    call.putStruct(2, nvmlAccountingStats_t, stats(call, vgpu, vgpu.memory.used))
  }),
  nvmlVgpuInstanceClearAccountingPids: change('none: only running processes are kept', async (call, { changes }) => {
    accountedVgpu(call)
    await changes.run(['gpu', 'accounting', 'on'], () => {})
  }),
  nvmlDeviceGetEncoderCapacity: row('all boards: unused', (call) => {
    call.gpu()
    if (call.number(1) >= ENCODERS) throw new NvmlError('INVALID_ARGUMENT')
    call.putInt(2, 100)
  }),
  nvmlDeviceGetEncoderStats: row('query encoder.stats.*', (call) => encoderStats(call, call.gpu().vgpus)),
  nvmlDeviceGetEncoderSessions: row('smi vgpu -es', (call) => call.putList(1, 2, encoderSessions(call.gpu().vgpus))),
  nvmlDeviceGetFBCStats: row('smi -q: FBC Stats', (call) => captureStats(call, call.gpu().vgpus)),
  nvmlDeviceGetFBCSessions: row('smi vgpu -fs', (call) => call.putList(1, 2, captureSessions(call.gpu().vgpus))),
}
