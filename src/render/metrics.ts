import type { View } from './answer.ts'

/** One metric with all its samples. Names and labels are stable. */
export interface Metric {
  readonly name: string
  readonly type: 'gauge' | 'counter'
  readonly help: string
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

export const METRICS: View<Metric> = {
  kind: 'metrics',
  name: (metric) => metric.name,
  columns: [],
  fields: ['name', 'type', 'labels', 'value'],
  records: ({ name, type, samples }) =>
    samples.map(({ labels, value }) => ({
      name,
      type,
      labels: Object.entries(labels).map(([key, text]) => `${key}=${text}`),
      value,
    })),
  picture: (metrics) => drawMetrics(metrics),
}

/** The text exposition format of Prometheus, version 0.0.4. */
function drawMetrics(metrics: readonly Metric[]): string {
  return metrics
    .map(({ name, type, help, samples }) => {
      const rows = samples.map(({ labels, value }) => `${name}${labelSet(labels)} ${value}\n`)
      return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n${rows.join('')}`
    })
    .join('')
}

function labelSet(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, text]) => {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    return `${key}="${escaped}"`
  })
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
