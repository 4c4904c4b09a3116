import {
  NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00,
  rpc_gpuacct_perfmon_util_samples_v17_00,
} from '../../abi/gsp-rpc.ts'
import { NVA081_CTRL_VGPU_INFO } from '../../abi/nva081.ts'
import { frameRateLimit } from '../guest/licence.ts'
import type { GspState, GspType, LoadState, UtilSample } from '../state.ts'
import { SHARED_TYPES } from '../type-storage.ts'
import { type Runner, utilisation } from './model.ts'
import { fromPvmrl } from './scheduler.ts'

/** Interval of GSP's samples, microseconds of virtual time: "about once a second", here exactly. */
export const PERFMON_PERIOD = 1_000_000
/** Most samples in a payload. */
const MOST_SAMPLES = 72
/** `type` of the payload: perfmon utilisation. */
const TYPE_PERFMON = 2
const SAMPLE = NV2080_CTRL_PERF_GPUMON_PERFMON_UTIL_SAMPLE_v17_00
/** Samples stored for a GPU: sixteen seconds of 32 vGPUs. */
export const SAMPLE_SLOTS = 512

/**
 * GSP's side: the payload of event 0x1008, one sample for each running plugin task. The structure has no field for a
 * vGPU; procId holds the VM's pid and subProcessID the gfid.
 * @param now virtual time, microseconds
 */
export function perfmonPayload(gsp: GspState, seed: number, now: number): Uint8Array {
  const plugins = Object.values(gsp.plugins).filter((plugin) => plugin.state === 'running')
  const used = utilisation(seed, Math.floor(now / PERFMON_PERIOD), fromPvmrl(gsp.scheduler).policy, runnersOf(gsp, now))
  const samples = used.slice(0, MOST_SAMPLES).map((use) => {
    const procId = plugins.find((plugin) => plugin.gfid === use.gfid)?.vmPid ?? 0
    const engine = (util: number) => ({ util, procId, subProcessID: use.gfid })
    return {
      timeStamp: now,
      fb: engine(use.fb),
      gr: engine(use.gr),
      nvenc: engine(use.nvenc),
      nvdec: engine(use.nvdec),
    }
  })
  return rpc_gpuacct_perfmon_util_samples_v17_00.encode({
    params: {
      type: TYPE_PERFMON,
      bufSize: samples.length * SAMPLE.size,
      count: samples.length,
      tracker: Math.max(0, samples.length - 1),
      samples,
    },
  })
}

/** The running plugin tasks by gfid, in the form for the load model at a virtual time. */
export function runnersOf(gsp: GspState, now: number): Runner[] {
  return Object.values(gsp.plugins)
    .filter((plugin) => plugin.state === 'running')
    .sort((a, b) => a.gfid - b.gfid)
    .map((plugin) => {
      const known = gsp.types.find((type) => type.vgpuType === plugin.vgpuType)
      return {
        gfid: plugin.gfid,
        working: plugin.guest !== null,
        maxInstance: known ? maxInstanceOf(known) : 1,
        frameRateLimit: plugin.guest === null ? 0 : frameRateLimit(plugin.guest, plugin.guest.since, now),
        encoderCapacity: plugin.encoderCapacity,
      }
    })
}

function maxInstanceOf(type: GspType): number {
  return NVA081_CTRL_VGPU_INFO.get(SHARED_TYPES.peek(type), 'maxInstance')
}

/** The host's side: stores the samples of a payload in a ring. Drops a damaged payload, or one of another type. */
export function consumePerfmon(load: LoadState, payload: Uint8Array): void {
  if (payload.length < rpc_gpuacct_perfmon_util_samples_v17_00.size) return
  const { type, bufSize, count, samples } = rpc_gpuacct_perfmon_util_samples_v17_00.decode(payload).params
  if (type !== TYPE_PERFMON || count > MOST_SAMPLES || bufSize < count * SAMPLE.size) return
  for (const { timeStamp, gr, fb, nvenc, nvdec } of samples.slice(0, count)) {
    load.samples[load.next % SAMPLE_SLOTS] = {
      at: timeStamp,
      gfid: gr.subProcessID,
      gr: gr.util,
      fb: fb.util,
      nvenc: nvenc.util,
      nvdec: nvdec.util,
    }
    load.next += 1
  }
}

/** The stored samples, oldest first; only those of `gfid` if given. */
export function samplesOf(load: LoadState, gfid?: number): UtilSample[] {
  const oldest = load.next % SAMPLE_SLOTS
  const inOrder =
    load.next > SAMPLE_SLOTS ? [...load.samples.slice(oldest), ...load.samples.slice(0, oldest)] : load.samples
  return gfid === undefined ? [...inOrder] : inOrder.filter((sample) => sample.gfid === gfid)
}

/** Times in (from, to] with a sample due. */
export function duePerfmon(from: number, to: number): number[] {
  const first = Math.floor(from / PERFMON_PERIOD) + 1
  const last = Math.floor(to / PERFMON_PERIOD)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * PERFMON_PERIOD)
}

/** Drops the samples of a gfid, before another vGPU gets the gfid. */
export function forgetSamples(load: LoadState, gfid: number): void {
  if (load.samples.length === 0 && load.next === 0) return
  const kept = samplesOf(load).filter((sample) => sample.gfid !== gfid)
  load.samples = kept
  load.next = kept.length
}
