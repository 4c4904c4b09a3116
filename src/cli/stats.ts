import { given } from '../app/given.ts'
import { tryHost } from '../app/transaction.ts'
import { usageError } from '../app/usage.ts'
import { configured } from '../engine/select.ts'
import type { HostState } from '../engine/state.ts'
import { advance } from '../engine/verbs/events.ts'
import { gpuStats, vgpuStats } from '../engine/verbs/stats.ts'
import { type Answer, detail, type Picture, type View } from '../render/answer.ts'
import { GPU_PLOTS, GPU_STATS, VGPU_PLOTS, VGPU_STATS } from '../render/stats.ts'
import type { Context } from './context.ts'
import { listed, selected } from './listing.ts'
import { gpuWords } from './selectors.ts'
import type { StatsOptions } from './stats-options.ts'

/** Utilisation of GPUs as a table or as plots. */
export async function gpuStatsAnswer(
  context: Context,
  gpu: string | undefined,
  options: StatsOptions,
): Promise<Answer> {
  const recent = needsSamples(context, options)
  const found = await tryHost(context, (state) => ({
    stats: gpuStats(later(context, state), gpu, recent),
    remark: wayToSamples(state, gpu),
  }))
  return answer({ view: GPU_STATS, plots: GPU_PLOTS }, found, options)
}

/** Utilisation of vGPUs as a table or as plots. */
export async function vgpuStatsAnswer(
  context: Context,
  selectors: readonly string[],
  options: StatsOptions & { readonly gpu: string | undefined },
): Promise<Answer> {
  const request = { selectors, recent: needsSamples(context, options), ...given({ gpu: options.gpu }) }
  const found = await tryHost(context, (state) => ({
    stats: vgpuStats(later(context, state), request),
    remark: wayToSamples(state, options.gpu),
  }))
  return answer({ view: VGPU_STATS, plots: VGPU_PLOTS }, found, options)
}

/** Whether the answer needs the kept samples: they are asked for, or a table on a terminal shows them. */
function needsSamples({ io, settings }: Context, { sparkline, plot }: StatsOptions): boolean {
  if (sparkline && plot) throw usageError('--sparkline and --plot are two drawings')
  return sparkline || plot || (io.stdout.isTTY && (settings.format === 'table' || settings.format === 'wide'))
}

/** The host after the time that `watch` has counted. The state is a copy. */
function later({ io }: Context, state: HostState): HostState {
  if (io.elapsed !== undefined && io.elapsed > 0) advance(state, io.elapsed)
  return state
}

/** What a listing or a plot lacks to have samples, and the command that adds it. */
function wayToSamples(state: HostState, gpu: string | undefined): string {
  const vgpus = configured(state, gpu)
  if (vgpus.length === 0) return `there is no vGPU; hint: nvgpu vgpu create --type TYPE${gpuWords(gpu)}`
  if (state.suspended) return 'the host is suspended; hint: nvgpu host resume'
  if (vgpus.some(({ vf }) => vf.opened !== null)) return 'there are no samples yet; hint: nvgpu host advance 60s'
  return `no vGPU runs; hint: nvgpu vgpu start --all${gpuWords(gpu)}`
}

async function answer<T extends { readonly samples: number }>(
  { view, plots }: { view: View<T>; plots: Picture<T> },
  { stats, remark }: { stats: readonly T[]; remark: string },
  options: StatsOptions,
): Promise<Answer> {
  if (!options.plot || stats.length === 0) return listed(view, stats, options, remark)
  const found = await selected(view, stats, options)
  const plotted = detail(view, found, plots)
  return found.every(({ samples }) => samples === 0) ? { ...plotted, remark } : plotted
}
