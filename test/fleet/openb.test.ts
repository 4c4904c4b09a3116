import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readNodeList } from '../../src/app/fleet/node-list.ts'
import { readTrace } from '../../src/app/fleet/read-trace.ts'
import { shareNodes } from '../../src/app/fleet/simulated-fleet.ts'
import { POLICIES } from '../../src/planner/policies/policies.ts'
import { shareRules } from '../../src/planner/simulate/share-rules.ts'
import { simulate } from '../../src/planner/simulate/simulate.ts'

/** The trace is no part of the project: without it these tests are skipped. All seeds and traces: npm run bench -- --fleet --trace DIR. */
const DIR = path.resolve(import.meta.dirname, '../../../shared/data/openb')
const isThere = fs.existsSync(path.join(DIR, 'published-allocation.json'))
if (!isThere) console.log(`skipped: the openb trace: there is no ${DIR}/published-allocation.json`)
const TRACE = 'openb_pod_list_default'
/** A single seed may lie outside of the range of ten others. */
const WIDER = 0.5

function run(name: string) {
  const list = fs.readFileSync(path.join(DIR, 'openb_node_list_gpu_node.csv'))
  const hosts = {
    group: () => null,
    member: () => {
      throw new Error('there are no members')
    },
  }
  const nodes = shareNodes({ file: DIR, groups: readNodeList('nodes', list).groups, members: [] }, hosts)
  const models = new Set(nodes.map(({ model }) => model))
  const offer = {
    models: () => models,
    type: () => {
      throw new Error('there are no vGPU types')
    },
  }
  const { trace } = readTrace(TRACE, [fs.readFileSync(path.join(DIR, `${TRACE}.csv`))], offer)
  const policy = POLICIES.find((other) => other.name === name)
  if (policy === undefined) throw new Error(`there is no policy ${name}`)
  return simulate({ nodes, trace, rules: shareRules, order: 'shuffled', until: 130, step: 5 }, policy, 42)
}

describe.skipIf(!isThere)('the openb trace, beside this checkout in shared/data', () => {
  it('has the published allocation under each policy that it tries, and FGD asks at most ten times as often', () => {
    const { table } = JSON.parse(fs.readFileSync(path.join(DIR, 'published-allocation.json'), 'utf8'))
    const runs = {
      '03-GpuClustering': run('gpu-clustering'),
      '05-BestFit': run('best-fit'),
      '06-FGD': run('fgd'),
    }
    for (const [name, { points }] of Object.entries(runs))
      for (const [arrived, { min, max }] of Object.entries<{ min: number; max: number }>(table[TRACE][name])) {
        const allocated = points.find((point) => point.arrived === Number(arrived))?.allocated
        expect(allocated, `${name} ${arrived}`).toBeGreaterThanOrEqual(min - WIDER)
        expect(allocated, `${name} ${arrived}`).toBeLessThanOrEqual(max + WIDER)
      }
    expect(runs['06-FGD'].evaluations).toBeLessThan(10 * runs['05-BestFit'].evaluations)
  })
})
