/** Policies on the openb traces, beside the published figures (USENIX ATC 2023). */
import fs from 'node:fs'
import path from 'node:path'
import { readNodeList } from '../src/app/fleet/node-list.ts'
import { readTrace } from '../src/app/fleet/read-trace.ts'
import { shareNodes } from '../src/app/fleet/simulated-fleet.ts'
import { POLICIES } from '../src/planner/policies/policies.ts'
import { shareRules } from '../src/planner/simulate/share-rules.ts'
import { simulate } from '../src/planner/simulate/simulate.ts'

const PUBLISHED = {
  random: '01-Random',
  'dot-prod': '02-DotProd',
  'gpu-clustering': '03-GpuClustering',
  'gpu-packing': '04-GpuPacking',
  'best-fit': '05-BestFit',
  fgd: '06-FGD',
}
const FIRST_SEED = 42
const UNTIL = 130
/** The mean may lie so many points outside of the published range. */
const WIDER = 0.5

export function compareWithPublished(dir, seeds) {
  const { table } = JSON.parse(fs.readFileSync(path.join(dir, 'published-allocation.json'), 'utf8'))
  const list = fs.readFileSync(path.join(dir, 'openb_node_list_gpu_node.csv'))
  const nodes = shareNodes({ file: dir, groups: readNodeList('nodes', list).groups, members: [] }, null)
  const models = new Set(nodes.map(({ model }) => model))
  console.log(
    `allocated GPU in percent, mean (range) of ${seeds} seeds: ours / published; ! the mean is outside of the published range by more than ${WIDER}`,
  )
  const outside = { cells: 0, all: 0 }
  for (const [name, published] of Object.entries(table)) {
    const file = path.join(dir, `${name}.csv`)
    const { trace } = readTrace(file, [fs.readFileSync(file)], { models: () => models })
    const task = { nodes, trace, rules: shareRules, order: 'shuffled', until: UNTIL, step: 1 }
    console.log(`\n${name}`)
    const means = new Map()
    const millis = new Map()
    for (const policy of POLICIES) {
      const begun = process.cpuUsage()
      const runs = Array.from({ length: seeds }, (_, run) => simulate(task, policy, FIRST_SEED + run))
      millis.set(policy.name, process.cpuUsage(begun).user / 1000 / seeds)
      const at = (arrived) =>
        spreadOf(runs.map(({ points }) => points.find((point) => point.arrived === arrived).allocated))
      means.set(policy.name, (arrived) => at(arrived).mean)
      if (PUBLISHED[policy.name] !== undefined) row(policy.name, rowOf(published, PUBLISHED[policy.name]), at, outside)
    }
    gains(means, Object.keys(rowOf(published, '06-FGD')))
    console.log(
      `  one run, processor: best-fit ${millis.get('best-fit').toFixed(0)} ms, fgd / best-fit ${(millis.get('fgd') / millis.get('best-fit')).toFixed(1)}`,
    )
  }
  console.log(`\n${outside.cells} of ${outside.all} means outside of the published range widened by ${WIDER}`)
}

/** The number before a name differs between traces. */
function rowOf(published, name) {
  const key = Object.keys(published).find((other) => other.slice(3) === name.slice(3))
  return published[key]
}

function row(name, figures, at, outside) {
  const cells = Object.entries(figures).map(([arrived, theirs]) => {
    const ours = at(Number(arrived))
    const isOutside = ours.mean < theirs.min - WIDER || ours.mean > theirs.max + WIDER
    outside.all += 1
    if (isOutside) outside.cells += 1
    return `${arrived} %: ${shown(ours)} / ${shown(theirs)}${isOutside ? ' !' : ''}`
  })
  console.log(`  ${name}\n    ${cells.join('\n    ')}`)
}

function gains(means, marks) {
  const cells = marks.map((mark) => {
    const gain = means.get('vgpu')(Number(mark)) - means.get('fgd')(Number(mark))
    return `${mark} %: ${means.get('vgpu')(Number(mark)).toFixed(2)} (${gain >= 0 ? '+' : ''}${gain.toFixed(2)})`
  })
  console.log(`  vgpu (gain over fgd)\n    ${cells.join('  ')}`)
}

function shown({ mean, min, max }) {
  return `${mean.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`
}

function spreadOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, min: Math.min(...values), max: Math.max(...values) }
}
