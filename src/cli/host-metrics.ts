import { readHost } from '../app/transaction.ts'
import { utilizations } from '../engine/smi/facts.ts'
import { gpuViews } from '../engine/views/gpu.ts'
import { hostView } from '../engine/views/host.ts'
import { gpuInstanceViews } from '../engine/views/mig.ts'
import { vgpuViews } from '../engine/views/vgpu.ts'
import type { Context } from './context.ts'
import { metricsOf } from './metrics-of.ts'

/** The metrics of the host now. */
export function hostMetrics(context: Context) {
  return readHost(context, (state) => {
    const running = utilizations(state, context.io.elapsed ?? 0)
    const some = state.gpus.length > 0
    const gpus = some ? gpuViews(state) : []
    const instances = some ? gpuInstanceViews(state) : []
    return metricsOf({ host: hostView(state), gpus, instances, vgpus: vgpuViews(state), running, state })
  })
}
