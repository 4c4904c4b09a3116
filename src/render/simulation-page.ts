import type { FleetSimulationView } from '../contract/views/fleet.ts'
import { type Curve, svgPlot } from './svg-plot.ts'
import { xmlText } from './xml-text.ts'

/** One page without outside resources, for light and dark screens: a table, and a plot each of allocation and fragmentation. */
export function simulationPage(items: readonly FleetSimulationView[]): string {
  const curves = (value: (point: FleetSimulationView['points'][number]) => number): Curve[] =>
    items.map(({ policy, points }) => ({
      name: policy,
      points: points.map((point) => ({ x: point.arrived, y: value(point) })),
    }))
  const labels = { x: 'arrived requests, % of the GPU of the fleet', y: '% of the GPU of the fleet' }
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>nvgpu fleet simulate</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Requests on a fleet, by policy</h1>
${tableOf(items)}
<h2>Allocated GPU</h2>
${svgPlot(
  'Allocated GPU over arrived requests',
  curves((point) => point.allocated),
  labels,
)}
<h2>Free GPU that requests cannot use</h2>
${svgPlot(
  'Fragmented GPU over arrived requests',
  curves((point) => point.fragmented),
  labels,
)}
</body>
</html>
`
}

function tableOf(items: readonly FleetSimulationView[]): string {
  const isVgpu = items.some(({ unallocatedMiB }) => unallocatedMiB !== null)
  const heads = ['Policy', 'Runs', 'Allocated, %', 'Fragmented, %', 'Placed', 'Refused']
  if (isVgpu) heads.push('Unallocated, MiB', 'Refused choices by framebuffer alone, %')
  const rows = items.map((item) => {
    const cells = [
      item.policy,
      String(item.runs),
      item.allocated.toFixed(2),
      item.fragmented.toFixed(2),
      String(item.placed),
      String(item.refused),
    ]
    const { blind } = item
    const share = blind === null || blind.choices === 0 ? '-' : ((100 * blind.refused) / blind.choices).toFixed(2)
    if (isVgpu) cells.push(String(item.unallocatedMiB ?? '-'), share)
    return `<tr>${cells.map((cell) => `<td>${xmlText(cell)}</td>`).join('')}</tr>`
  })
  const head = heads.map((text) => `<th scope="col">${xmlText(text)}</th>`).join('')
  return `<table>\n<thead><tr>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #ffffff; --line: #b8b8b8;
  --c0: #0b62a4; --c1: #b3470b; --c2: #1d7a3c; --c3: #8a2a91; --c4: #8a6a00; --c5: #b3133a; --c6: #00757a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --paper: #16181c; --line: #565b66;
  --c0: #6fb7f0; --c1: #f0a06a; --c2: #71cf8f; --c3: #d893df; --c4: #dcc04e; --c5: #f58aa3; --c6: #5fd0d4; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
svg .axis { stroke: var(--line); fill: none; }
svg .curve { fill: none; stroke-width: 2; }
`
