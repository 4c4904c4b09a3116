import { readHost } from '../../app/transaction.ts'
import { gpuViews } from '../../engine/views/gpu.ts'
import { hostView } from '../../engine/views/host.ts'
import { vgpuViews } from '../../engine/views/vgpu.ts'
import { list } from '../../render/answer.ts'
import { METRICS } from '../../render/metrics.ts'
import type { NounSpec } from '../spec.ts'
import { verb } from '../spec.ts'

export const metrics: NounSpec = {
  name: 'metrics',
  verbs: [
    verb({
      name: '',
      summary: "host, GPUs and vGPUs as Prometheus metrics, for node_exporter's textfile collector",
      examples: ['metrics', 'metrics > /var/lib/node_exporter/nvgpu.prom', 'metrics -o json'],
      options: {},
      args: {},
      changes: false,
      async run(context) {
        const [{ metricsOf }, { smiView }] = await Promise.all([
          import('../metrics-of.ts'),
          import('../../engine/smi/facts.ts'),
        ])
        const found = await readHost(context, (state) => {
          const indices = state.gpus.map((_, index) => index)
          const running = smiView(state, indices, context.io.elapsed ?? 0).gpus
          const gpus = state.gpus.length === 0 ? [] : gpuViews(state)
          return metricsOf({ host: hostView(state), gpus, vgpus: vgpuViews(state), running, state })
        })
        return list(METRICS, found)
      },
    }),
  ],
}
