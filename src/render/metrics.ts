import type { Metric } from '../contract/views/stats.ts'
import type { View } from './answer.ts'

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
  forPrograms: true,
}

/** Rows in a piece. */
const ROWS = 1000

/** The text exposition format of Prometheus, version 0.0.4. */
export function* drawMetrics(metrics: readonly Metric[]): Generator<string> {
  for (const { name, type, help, samples } of metrics) {
    yield `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${type}\n`
    for (let from = 0; from < samples.length; from += ROWS) {
      // Each row is joined at once, which keeps the memory low.
      const rows = samples
        .slice(from, from + ROWS)
        .map(({ labels, value }) => [name, labelSet(labels), ' ', value, '\n'].join(''))
      yield rows.join('')
    }
  }
}

function labelSet(labels: Readonly<Record<string, string>>): string {
  let pairs = ''
  for (const key of Object.keys(labels)) pairs += `${pairs === '' ? '' : ','}${key}="${escaped(labels[key] ?? '')}"`
  return pairs === '' ? '' : `{${pairs}}`
}

/** Most values have nothing to escape. */
function escaped(text: string): string {
  if (!/[\\"\n]/.test(text)) return text
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
