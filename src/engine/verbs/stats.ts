import type { UtilisationView } from '../../contract/views/parts.ts'
import type { GpuStatsView, UseSampleView, VgpuSampleView, VgpuStatsView } from '../../contract/views/stats.ts'
import { NvError } from '../../errors/nv-error.ts'
import { PERFMON_PERIOD, samplesOf } from '../load/perfmon.ts'
import { configured, findVgpu, gpuIndices, stateAt, type VfAt } from '../select.ts'
import type { HostState, UtilSample } from '../state.ts'
import { gspPower, utilisationAt } from '../views/gsp-inside.ts'
import { vgpuId } from '../views/vgpu-id.ts'
import { typeRef } from '../views/words.ts'

/** Utilisation of running vGPUs: the newest sample, and the mean of the kept samples. `recent` asks for these too. */
export function vgpuStats(
  host: HostState,
  request: { selectors: readonly string[]; gpu?: string; recent?: boolean },
): VgpuStatsView[] {
  const chosen =
    request.selectors.length === 0
      ? configured(host, request.gpu).filter(({ vf }) => vf.opened !== null)
      : request.selectors.map((selector) => findVgpu(host, selector, request.gpu))
  return chosen.map((at) => {
    const { load } = stateAt(host, at.gpu)
    const samples = at.vf.opened ? samplesOf(load, at.vf.index + 1) : []
    const newest = samples.at(-1)
    return {
      ...reference(host, at),
      at: newest?.at ?? null,
      now: newest ? percent([newest]) : null,
      mean: newest ? percent(samples) : null,
      samples: samples.length,
      ...(request.recent ? { recent: recentOf(samples) } : {}),
    }
  })
}

/** Utilisation of GPUs: the sum over their vGPUs. */
export function gpuStats(host: HostState, gpu?: string, recent = false): GpuStatsView[] {
  return gpuIndices(host, gpu).map((index) => {
    const state = stateAt(host, index)
    const samples = samplesOf(state.load)
    const times = [...new Set(samples.map((sample) => sample.at))]
    const sums = times.map((at) => total(samples.filter((sample) => sample.at === at)))
    const newest = sums.at(-1)
    return {
      gpu: index,
      bdf: state.bdf,
      vgpus: state.vfs.filter((vf) => vf.opened !== null).length,
      at: newest?.at ?? null,
      now: newest ? percent([newest]) : null,
      mean: newest ? percent(sums) : null,
      samples: sums.length,
      ...(recent ? { recent: recentOf(sums) } : {}),
    }
  })
}

/** Limit of rows for one call. */
const MOST_ROUNDS = 3600

/**
 * The load model at each of the next `rounds` seconds. It reads the firmware and changes no state. A GPU without running
 * vGPUs has one row.
 */
export function monitor(host: HostState, request: { rounds: number; gpu?: string }): VgpuSampleView[] {
  const { rounds } = request
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= MOST_ROUNDS)) {
    throw new NvError({
      errno: 'EINVAL',
      code: 'invalid-argument',
      at: 'vgpu dmon',
      message: `${rounds} rounds were asked for, 1 to ${MOST_ROUNDS} are possible`,
      hint: 'nvgpu vgpu dmon -c 5',
    })
  }
  const indices = gpuIndices(host, request.gpu)
  return Array.from({ length: rounds }, (_, round) => host.now + round * PERFMON_PERIOD).flatMap((at, round) =>
    indices.flatMap((index) => rowsOf(host, index, at, round)),
  )
}

function rowsOf(host: HostState, index: number, at: number, round: number): VgpuSampleView[] {
  const gpu = stateAt(host, index)
  const used = gspPower(gpu) === 'running' ? utilisationAt(gpu, at) : []
  if (used.length === 0) return [{ round, at, gpu: index, vgpu: null, vgpuId: null, use: null }]
  return used.map((use) => {
    return {
      round,
      at,
      gpu: index,
      vgpu: gpu.vfs[use.gfid - 1]?.uuid ?? '',
      vgpuId: vgpuId(host, index, use.gfid - 1),
      use: percent([{ ...use, at }]),
    }
  })
}

function reference(host: HostState, { gpu, vf }: VfAt) {
  const uuid = vf.uuid ?? ''
  return {
    vgpu: uuid,
    vgpuId: vgpuId(host, gpu, vf.index),
    name: vf.name,
    gpu,
    vf: vf.bdf,
    gfid: vf.index + 1,
    vgpuType: typeRef(host, vf.vgpuType),
  }
}

function total(samples: readonly UtilSample[]): UtilSample {
  const sum = { at: samples[0]?.at ?? 0, gfid: 0, gr: 0, fb: 0, nvenc: 0, nvdec: 0 }
  for (const { gr, fb, nvenc, nvdec } of samples) {
    sum.gr += gr
    sum.fb += fb
    sum.nvenc += nvenc
    sum.nvdec += nvdec
  }
  return sum
}

function recentOf(samples: readonly UtilSample[]): UseSampleView[] {
  return samples.map((sample) => ({ at: sample.at, ...percent([sample]) }))
}

/** Mean of some samples in percent, two decimals. */
function percent(samples: readonly UtilSample[]): UtilisationView {
  const mean = (of: (sample: UtilSample) => number) =>
    Math.round(samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length) / 100
  return {
    gpu: mean((sample) => sample.gr),
    memory: mean((sample) => sample.fb),
    encoder: mean((sample) => sample.nvenc),
    decoder: mean((sample) => sample.nvdec),
  }
}
