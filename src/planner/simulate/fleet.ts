import type { Fleet, NodeState, Shape } from '../policies/policy.ts'
import { demandByModel } from './demand.ts'
import { Lost } from './lost.ts'
import type { Rules } from './rules.ts'
import { type Frequent, Waste } from './waste.ts'

/** What the policies know of the whole run. The measures of a state are computed once. */
export function fleetOf(nodes: readonly Shape[], mix: readonly Frequent[], rules: Rules): Fleet {
  const waste = new Waste(mix)
  const lost = new Lost(rules, mix)
  const demand = demandByModel(nodes, mix)
  let maxCpu = 0
  let maxGpu = 0
  for (const { cpu, gpus, each } of new Set(nodes)) {
    maxCpu = Math.max(maxCpu, cpu)
    maxGpu = Math.max(maxGpu, gpus * each)
  }
  return {
    maxCpu,
    maxGpu,
    wasted: once(rules, (state) => waste.of(state)),
    lost: once(rules, (state) => lost.of(state)),
    demand: (model) => demand.get(model) ?? 1,
  }
}

/** Results that are kept at most. */
const KEPT = 100_000

/** Keeps the results by state. */
function once(rules: Rules, measure: (state: NodeState) => number): (state: NodeState) => number {
  const known = new Map<string | number, number>()
  return (state) => {
    const key = rules.key(state)
    const result = known.get(key)
    if (result !== undefined) return result
    if (known.size === KEPT) known.clear()
    const measured = measure(state)
    known.set(key, measured)
    return measured
  }
}
