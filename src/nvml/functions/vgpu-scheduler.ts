import {
  nvmlVgpuSchedulerCapabilities_t,
  nvmlVgpuSchedulerGetState_t,
  nvmlVgpuSchedulerLog_t,
  nvmlVgpuSchedulerLogInfo_v2_t,
  nvmlVgpuSchedulerSetState_t,
  nvmlVgpuSchedulerState_v2_t,
  nvmlVgpuSchedulerStateInfo_v2_t,
} from '../../abi/nvml/vgpu.ts'
import type { SchedulerPolicy } from '../../catalog/profiles.ts'
import { LIMITS } from '../../engine/load/scheduler.ts'
import type { SmiGpuView } from '../../engine/smi/view.ts'
import { type SchedulerRequest, setScheduler } from '../../engine/verbs/modes.ts'
import type { Call } from '../call.ts'
import type { Client } from '../client.ts'
import { NvmlError } from '../error.ts'
import { change, type Rows, row } from '../row.ts'

/** nvmlVgpuSchedulerPolicy_t. */
const POLICY: Readonly<Record<SchedulerPolicy, number>> = { 'best-effort': 1, 'equal-share': 2, 'fixed-share': 3 }
const ARR = { default: 0, disable: 1, enable: 2 }
const GRAPHICS = 1
const NS_PER_MS = 1_000_000
const FACT = 'gpu show: scheduler'

function arrOf({ scheduler }: SmiGpuView): number {
  return scheduler.arr === null ? ARR.default : scheduler.arr ? ARR.enable : ARR.disable
}

/** Parameters of the policy, in the union of the header; best effort has none. */
function parameters({ scheduler }: SmiGpuView) {
  const { arr, averaging, timeSliceNs } = scheduler
  const timeslice = timeSliceNs ?? 0
  return arr === true
    ? { vgpuSchedDataWithARR: { avgFactor: averaging ?? 0, timeslice } }
    : { vgpuSchedData: { timeslice } }
}

function entries(gpu: SmiGpuView) {
  return gpu.turns.map(({ at, gfid, ranTotal, ran, target, preempted }) => ({
    timestamp: at,
    timeRunTotal: ranTotal,
    timeRun: ran,
    swRunlistId: gfid,
    targetTimeSlice: target,
    cumulativePreemptionTime: preempted,
  }))
}

function log(call: Call): void {
  const gpu = call.vgpuHost()
  const logEntries = entries(gpu)
  call.putStruct(1, nvmlVgpuSchedulerLog_t, {
    engineId: GRAPHICS,
    schedulerPolicy: POLICY[gpu.scheduler.policy],
    arrMode: arrOf(gpu),
    schedulerParams: parameters(gpu),
    entriesCount: logEntries.length,
    logEntries,
  })
}

function newLog(call: Call): void {
  const gpu = call.vgpuHost()
  requireGraphics(call.memory(call.word(1), 4).readUInt32LE())
  const logEntries = entries(gpu)
  call.putStruct(1, nvmlVgpuSchedulerLogInfo_v2_t, {
    engineId: GRAPHICS,
    schedulerPolicy: POLICY[gpu.scheduler.policy],
    avgFactor: gpu.scheduler.averaging ?? 0,
    timeslice: gpu.scheduler.timeSliceNs ?? 0,
    entriesCount: logEntries.length,
    logEntries,
  })
}

/** The scheduler of this model shares the graphics engine. @throws NvmlError INVALID_ARGUMENT */
function requireGraphics(engine: number): void {
  if (engine !== GRAPHICS) throw new NvmlError('INVALID_ARGUMENT')
}

function capabilities(call: Call): void {
  const { scheduler } = call.vgpuHost()
  const policies = Object.entries(POLICY).filter(([name]) => scheduler.supported.includes(name))
  call.putStruct(1, nvmlVgpuSchedulerCapabilities_t, {
    supportedSchedulers: policies.map(([, number]) => number),
    maxTimeslice: LIMITS.timeSliceMs.most * NS_PER_MS,
    minTimeslice: LIMITS.timeSliceMs.least * NS_PER_MS,
    isArrModeSupported: 1,
    maxFrequencyForARR: LIMITS.frequencyHz.most,
    minFrequencyForARR: LIMITS.frequencyHz.least,
    maxAvgFactorForARR: LIMITS.averaging.most,
    minAvgFactorForARR: LIMITS.averaging.least,
  })
}

/** @throws NvmlError INVALID_ARGUMENT */
function policyOf(number: number): SchedulerPolicy {
  for (const [name, known] of Object.entries(POLICY)) if (known === number && isPolicy(name)) return name
  throw new NvmlError('INVALID_ARGUMENT')
}

function isPolicy(name: string): name is SchedulerPolicy {
  return Object.hasOwn(POLICY, name)
}

/** Zero stands for the default. */
function given(name: keyof SchedulerRequest, value: number): Partial<SchedulerRequest> {
  return value === 0 ? {} : { [name]: value }
}

/** A vGPU on the GPU makes the setter not supported, rather than busy. */
async function set(call: Call, { changes }: Client, request: Omit<SchedulerRequest, 'gpu'>): Promise<void> {
  const { bdf } = call.vgpuHost()
  const { policy, arr, timeSliceMs, frequencyHz, averaging } = request
  const options = [
    ...(arr === undefined ? [] : ['--arr', arr ? 'on' : 'off']),
    ...(timeSliceMs === undefined ? [] : ['--time-slice', String(timeSliceMs)]),
    ...(frequencyHz === undefined ? [] : ['--frequency', String(frequencyHz)]),
    ...(averaging === undefined ? [] : ['--averaging', String(averaging)]),
  ]
  const command = ['gpu', 'scheduler', policy, '--gpu', bdf, ...options]
  await changes.run(command, (state) => setScheduler(state, { ...request, gpu: bdf }), 'NOT_SUPPORTED')
}

function setOld(call: Call, client: Client): Promise<void> {
  call.vgpuHost()
  const struct = nvmlVgpuSchedulerSetState_t
  const asked = struct.decode(call.memory(call.word(1), struct.size))
  const policy = policyOf(asked.schedulerPolicy)
  if (asked.enableARRMode > ARR.enable) throw new NvmlError('INVALID_ARGUMENT')
  if (policy === 'best-effort') return set(call, client, { policy })
  const { vgpuSchedDataWithARR: withArr, vgpuSchedData: without } = asked.schedulerParams
  if (asked.enableARRMode === ARR.disable)
    return set(call, client, { policy, arr: false, ...given('timeSliceMs', Math.round(without.timeslice / NS_PER_MS)) })
  const parts = { ...given('frequencyHz', withArr.frequency), ...given('averaging', withArr.avgFactor) }
  return set(call, client, { policy, arr: true, ...parts })
}

function setNew(call: Call, client: Client): Promise<void> {
  call.vgpuHost()
  const struct = nvmlVgpuSchedulerState_v2_t
  const { engineId, schedulerPolicy, avgFactor, frequency } = struct.decode(call.memory(call.word(1), struct.size))
  requireGraphics(engineId)
  const policy = policyOf(schedulerPolicy)
  if (policy === 'best-effort') return set(call, client, { policy })
  return set(call, client, { policy, arr: true, ...given('frequencyHz', frequency), ...given('averaging', avgFactor) })
}

export const VGPU_SCHEDULER_ROWS: Rows = {
  nvmlDeviceGetVgpuSchedulerState: row(FACT, (call) => {
    const gpu = call.vgpuHost()
    call.putStruct(1, nvmlVgpuSchedulerGetState_t, {
      schedulerPolicy: POLICY[gpu.scheduler.policy],
      arrMode: arrOf(gpu),
      schedulerParams: parameters(gpu),
    })
  }),
  nvmlDeviceGetVgpuSchedulerState_v2: row(FACT, (call) => {
    const { scheduler } = call.vgpuHost()
    requireGraphics(call.memory(call.word(1), 4).readUInt32LE())
    call.putStruct(1, nvmlVgpuSchedulerStateInfo_v2_t, {
      engineId: GRAPHICS,
      schedulerPolicy: POLICY[scheduler.policy],
      avgFactor: scheduler.averaging ?? 0,
      timeslice: scheduler.timeSliceNs ?? 0,
    })
  }),
  nvmlDeviceSetVgpuSchedulerState: change('gpu scheduler', setOld),
  nvmlDeviceSetVgpuSchedulerState_v2: change('gpu scheduler', setNew),
  nvmlDeviceGetVgpuSchedulerCapabilities: row('smi vgpu -sc', capabilities),
  nvmlDeviceGetVgpuSchedulerLog: row('model of the turns in this second', log),
  nvmlDeviceGetVgpuSchedulerLog_v2: row('model of the turns in this second', newLog),
}
