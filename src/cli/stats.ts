import { given } from '../app/given.ts'
import { tryHost } from '../app/transaction.ts'
import { usageError } from '../app/usage.ts'
import type { HostState } from '../engine/state.ts'
import { advance } from '../engine/verbs/events.ts'
import { gpuStats, vgpuStats } from '../engine/verbs/stats.ts'
import { type Answer, detail, type Picture, type View } from '../render/answer.ts'
import { GPU_PLOTS, GPU_STATS, VGPU_PLOTS, VGPU_STATS } from '../render/stats.ts'
import type { Context } from './context.ts'
import { listed, selected } from './listing.ts'
import type { StatsOptions } from './stats-options.ts'

/** Utilisation of GPUs as a table or as plots. */
export async function gpuStatsAnswer(
  context: Context,
  gpu: string | undefined,
  options: StatsOptions,
): Promise<Answer> {
  const recent = needsSamples(context, options)
  const stats = await tryHost(context, (state) => gpuStats(later(context, state), gpu, recent))
  return answer({ view: GPU_STATS, plots: GPU_PLOTS }, stats, options)
}

/** Utilisation of vGPUs as a table or as plots. */
export async function vgpuStatsAnswer(
  context: Context,
  selectors: readonly string[],
  options: StatsOptions & { readonly gpu: string | undefined },
): Promise<Answer> {
  const request = { selectors, recent: needsSamples(context, options), ...given({ gpu: options.gpu }) }
  const stats = await tryHost(context, (state) => vgpuStats(later(context, state), request))
  return answer({ view: VGPU_STATS, plots: VGPU_PLOTS }, stats, options, 'no vGPU runs; hint: nvgpu vgpu start --all')
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

async function answer<T>(
  { view, plots }: { view: View<T>; plots: Picture<T> },
  stats: readonly T[],
  options: StatsOptions,
  remark?: string,
): Promise<Answer> {
  if (!options.plot || stats.length === 0) return listed(view, stats, options, remark)
  return detail(view, await selected(view, stats, options), plots)
}
