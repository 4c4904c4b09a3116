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
        const { hostMetrics } = await import('../host-metrics.ts')
        return list(METRICS, await hostMetrics(context))
      },
    }),
  ],
}
