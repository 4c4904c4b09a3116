import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boardRules } from '../../src/planner/board-rules.ts'
import { POLICIES } from '../../src/planner/policies/policies.ts'
import type { NodeState, Policy, Request, Shape } from '../../src/planner/policies/policy.ts'
import { timedEvents } from '../../src/planner/simulate/arrivals.ts'
import { fleetOf } from '../../src/planner/simulate/fleet.ts'
import { drawsOf, shuffled } from '../../src/planner/simulate/prng.ts'
import type { Rules } from '../../src/planner/simulate/rules.ts'
import { Search } from '../../src/planner/simulate/search.ts'
import { shareRules } from '../../src/planner/simulate/share-rules.ts'
import { simulate } from '../../src/planner/simulate/simulate.ts'
import { askedBy, type Trace } from '../../src/planner/simulate/trace.ts'
import { type GpuKind, vgpuRules } from '../../src/planner/simulate/vgpu-rules.ts'

const SHARES: Request[] = [
  { cpu: 4000, memory: 1000, gpus: 1, each: 500, models: undefined, vgpuType: undefined },
  { cpu: 1000, memory: 2000, gpus: 1, each: 300, models: ['t4'], vgpuType: undefined },
  { cpu: 8000, memory: 4000, gpus: 2, each: 1000, models: undefined, vgpuType: undefined },
  { cpu: 6000, memory: 500, gpus: 0, each: 0, models: undefined, vgpuType: undefined },
  { cpu: 2000, memory: 500, gpus: 1, each: 1000, models: ['g2', 't4'], vgpuType: undefined },
]
const SHAPES: Shape[] = [
  { model: 't4', cpu: 32_000, memory: 20_000, gpus: 2, each: 1000, rules: -1 },
  { model: 'g2', cpu: 24_000, memory: 30_000, gpus: 4, each: 1000, rules: -1 },
  { model: 'p4', cpu: 16_000, memory: 10_000, gpus: 1, each: 1000, rules: -1 },
]

const KINDS: GpuKind[] = (['equal-size', 'mixed-size'] as const).map((mode) => {
  const rules = boardRules({ board: 'L40', profile: 'v2', mode, ecc: false })
  return { space: { rules, freeVfs: 24, group: null, count: 0, taken: 0n }, free: 48 * 1024 }
})
const GPUS: Shape[] = KINDS.map((_, rules) => ({ model: 'l40', cpu: 0, memory: 0, gpus: 1, each: 48 * 1024, rules }))
const TYPES = [...(KINDS[0]?.space.rules.types.values() ?? [])].filter(({ name }) => /-(2|4|6|16|24)Q$/.test(name))
const VGPUS: Request[] = TYPES.map(({ vgpuType, size }) => ({
  cpu: 0,
  memory: 0,
  gpus: 1,
  each: size * 1024,
  models: ['l40'],
  vgpuType,
}))
const vgpus = (stays = true) =>
  vgpuRules(
    KINDS,
    TYPES.map(({ vgpuType }) => vgpuType),
    stays,
  )

/** The node that a policy chooses, node by node, without an index. */
function chosen(
  nodes: readonly NodeState[],
  request: Request,
  rules: Rules,
  policy: Policy,
  fleet: ReturnType<typeof fleetOf>,
) {
  let best: { node: number; score: number; after: NodeState } | undefined
  for (const [node, state] of nodes.entries()) {
    const places = [...rules.places(state, request)]
    for (const place of policy.gpu === 'scored' ? places : places.slice(0, 1)) {
      const score = policy.score(place, request, fleet)
      if (best === undefined || score > best.score) best = { node, score, after: place.after }
    }
  }
  return best
}

const fixed = POLICIES.filter(({ ties }) => ties === 'first')
const CASES = fixed.flatMap((policy) => [
  { policy, what: 'shares', requests: SHARES, shapes: SHAPES, rules: () => shareRules },
  { policy, what: 'vGPUs', requests: VGPUS, shapes: GPUS, rules: () => vgpus() as Rules },
])

describe('a search over states', () => {
  it.each(CASES)(
    'chooses the node that a scan of all nodes chooses: $policy.name, $what',
    ({ policy, requests, shapes, rules }) => {
      fc.assert(
        fc.property(
          fc.array(fc.nat(shapes.length - 1), { minLength: 1, maxLength: 12 }),
          fc.array(fc.nat(requests.length - 1), { maxLength: 40 }),
          (kinds, order) => {
            const own = rules()
            const nodes = kinds.map((kind) => shapes[kind] as Shape)
            const fleet = fleetOf(
              nodes,
              requests.map((request) => ({ request, count: 1 })),
              own,
            )
            const search = new Search({ nodes, requests, rules: own, policy, fleet, draw: drawsOf(1) })
            const states: NodeState[] = nodes.map((shape) => own.idle(shape))
            for (const request of order) {
              const expected = chosen(states, requests[request] as Request, own, policy, fleet)
              const node = search.find(request)
              expect(node).toBe(expected?.node ?? -1)
              if (expected === undefined) continue
              search.put(node, request)
              states[node] = expected.after
            }
          },
        ),
        { numRuns: 30 },
      )
    },
  )

  it('asks a policy once about a request on a state, however many nodes are in it', () => {
    const [shape] = SHAPES
    const nodes = new Array<Shape>(5000).fill(shape as Shape)
    for (const policy of POLICIES.filter(({ gpu }) => gpu !== 'scored')) {
      const fleet = fleetOf(nodes, [], shareRules)
      const search = new Search({ nodes, requests: SHARES, rules: shareRules, policy, fleet, draw: drawsOf(1) })
      search.find(0)
      search.find(0)
      expect(search.evaluations).toBe(1)
      search.put(search.find(0), 0)
      search.find(0)
      expect(search.evaluations).toBe(2)
    }
  })

  it('asks no more about a fleet of a hundred times as many GPUs', () => {
    const evaluations = [20, 2000].map((gpus) => {
      const nodes = Array.from({ length: gpus }, (_, gpu) => GPUS[gpu % 2] as Shape)
      const order = Array.from({ length: gpus * 8 }, (_, index) => index % VGPUS.length)
      const rules = vgpus()
      const fleet = fleetOf(
        nodes,
        VGPUS.map((request) => ({ request, count: 1 })),
        rules,
      )
      const [policy] = POLICIES.filter(({ name }) => name === 'best-fit')
      if (policy === undefined) throw new Error('there is no best fit')
      const search = new Search({ nodes, requests: VGPUS, rules, policy, fleet, draw: drawsOf(1) })
      for (const request of order) {
        const node = search.find(request)
        if (node >= 0) search.put(node, request)
      }
      return search.evaluations
    })
    expect(evaluations[1]).toBeLessThan(3 * (evaluations[0] as number))
  })
})

const trace = (requests: readonly Request[], count: number, times = false): Trace => ({
  requests,
  lines: Int32Array.from({ length: count }, (_, line) => line % requests.length),
  arrivals: times ? Float64Array.from({ length: count }, (_, line) => line) : undefined,
  departures: times
    ? Float64Array.from({ length: count }, (_, line) => (line % 7 === 6 ? line + 900 : line + 5 + (line % 11)))
    : undefined,
})
const nodesOf = (shapes: readonly Shape[], count: number) =>
  Array.from({ length: count }, (_, node) => shapes[node % shapes.length] as Shape)

describe('a run', () => {
  it.each(POLICIES)('has the same result for the same seed: $name', (policy) => {
    const task = {
      nodes: nodesOf(SHAPES, 20),
      trace: trace(SHARES, 60),
      rules: shareRules,
      order: 'shuffled',
      until: 130,
      step: 1,
    } as const
    expect(simulate(task, policy, 3)).toEqual(simulate(task, policy, 3))
    expect(simulate(task, policy, 3)).not.toEqual(simulate(task, policy, 4))
  })

  it.each(POLICIES)('never allocates more than the requests ask for, and counts all of them: $name', (policy) => {
    const nodes = nodesOf(GPUS, 12)
    const task = { nodes, trace: trace(VGPUS, 80), rules: vgpus(), order: 'shuffled', until: 150, step: 5 } as const
    const { points, placed, refused, blind } = simulate(task, policy, 1)
    expect(points.length).toBe(30)
    for (const { arrived, allocated, fragmented } of points) {
      expect(allocated).toBeLessThanOrEqual(Math.min(100, arrived + 10))
      expect(fragmented).toBeLessThanOrEqual(100 - allocated + 1e-9)
    }
    expect(placed).toBeGreaterThan(0)
    expect(refused).toBeGreaterThan(0)
    if (policy.name === 'vgpu') expect(blind).toBeNull()
    else expect(blind?.refused).toBeGreaterThan(0)
  })

  it.each(
    POLICIES.flatMap((policy) => [
      { policy, what: 'shares', nodes: nodesOf(SHAPES, 6), requests: SHARES, rules: shareRules as Rules },
      { policy, what: 'vGPUs', nodes: nodesOf(GPUS, 6), requests: VGPUS, rules: vgpus(false) as Rules },
    ]),
  )('gives back what leaves: $policy.name, $what', ({ policy, nodes, requests, rules }) => {
    const lines = 300
    const passing = {
      ...trace(requests, lines, true),
      departures: Float64Array.from({ length: lines }, (_, line) => line + 1 + (line % 13)),
    }
    // the last request comes long after the others have left
    passing.arrivals?.set([10_000], lines - 1)
    passing.departures.set([20_000], lines - 1)
    const total = nodes.reduce((sum, { gpus, each }) => sum + gpus * each, 0)
    const last = requests[(lines - 1) % requests.length] as Request
    const asked = passing.lines.reduce((sum, request) => sum + askedBy(requests[request] as Request), 0)
    const task = { nodes, trace: passing, rules, order: 'timed', until: 130, step: (100 * asked) / total } as const
    expect(simulate(task, policy, 1).points).toMatchObject([{ allocated: (100 * askedBy(last)) / total }])
  })

  it('has requests leave at the moment of their arrival, before the next one arrives', () => {
    const times = [1, 1, 0, 1, 2]
    const moment = {
      ...trace(SHARES, times.length, true),
      arrivals: Float64Array.from(times),
      departures: Float64Array.from([1, 1, 1, Number.NaN, 2]),
    }
    expect([...timedEvents(moment)].map(({ line, leaves }) => `${leaves ? '-' : '+'}${line}`).join(' ')).toBe(
      '+2 -2 +0 -0 +1 -1 +3 +4 -4',
    )
    const whole: Request[] = [{ cpu: 0, memory: 0, gpus: 4, each: 1000, models: ['g2'], vgpuType: undefined }]
    const passing = { ...trace(whole, 9, true), arrivals: new Float64Array(9), departures: new Float64Array(9) }
    const nodes = nodesOf(SHAPES, 2)
    const task = { nodes, trace: passing, rules: shareRules, order: 'timed', until: 130, step: 1 } as const
    for (const policy of POLICIES) expect(simulate(task, policy, 1)).toMatchObject({ placed: 9, refused: 0 })
  })

  it('counts the vGPUs that were there before as allocated', () => {
    const [type] = TYPES.filter(({ name }) => name.endsWith('-24Q'))
    if (type === undefined) throw new Error('there is no L40-24Q')
    const [kind] = KINDS as [GpuKind]
    const half = { space: { ...kind.space, freeVfs: 23, group: type.group, count: 1 }, free: 24 * 1024 }
    const nodes = nodesOf(GPUS.slice(0, 1), 2)
    const rules = () => vgpuRules([half], [type.vgpuType], false)
    const requests = VGPUS.filter(({ vgpuType }) => vgpuType === type.vgpuType)
    const task = { nodes, trace: trace(requests, 3, true), until: 130, step: 25 } as const
    for (const policy of POLICIES) {
      const { points, refused } = simulate({ ...task, rules: rules(), order: 'timed' }, policy, 1)
      expect(points.map(({ allocated }) => allocated)).toEqual([75, 100, 100])
      expect(refused).toBe(1)
    }
  })

  it('breaks ties by an order of the nodes that the seed draws, where it draws that of the requests', () => {
    const nodes = ['t4', 'p4'].map((model) => ({ ...(SHAPES[2] as Shape), model }))
    const any: Request = { cpu: 0, memory: 0, gpus: 1, each: 1000, models: undefined, vgpuType: undefined }
    const requests = [any, { ...any, models: ['t4'] }]
    const lines = Int32Array.from({ length: 100 }, (_, line) => (line === 99 ? 1 : 0))
    const rare: Trace = { requests, lines, arrivals: undefined, departures: undefined }
    const task = { nodes, trace: rare, rules: shareRules, until: 50, step: 50 } as const
    const [policy] = POLICIES.filter(({ name }) => name === 'gpu-packing')
    if (policy === undefined) throw new Error('there is no GPU packing')
    // The one that is left is waste for the rare request if it is the P4.
    const firsts = (order: 'shuffled' | 'timed') =>
      Array.from({ length: 20 }, (_, seed) =>
        (simulate({ ...task, order }, policy, seed).points[0]?.fragmented ?? 0) > 0 ? 't4' : 'p4',
      )
    expect(new Set(firsts('shuffled'))).toEqual(new Set(['t4', 'p4']))
    expect(new Set(firsts('timed'))).toEqual(new Set(['t4']))
  })
})

describe('random numbers', () => {
  it('are in range, and each about equally frequent', () => {
    const draw = drawsOf(9)
    const counts = new Array<number>(10).fill(0)
    for (let index = 0; index < 20_000; index += 1) {
      const drawn = draw(10)
      counts[drawn] = (counts[drawn] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(250)
    expect(new Set(Array.from({ length: 100 }, () => drawsOf(5)(1000))).size).toBe(1)
  })

  it('shuffle without loss', () => {
    const items = Array.from({ length: 100 }, (_, index) => index)
    const order = shuffled(items, drawsOf(2))
    expect(order).not.toEqual(items)
    expect([...order].sort((a, b) => a - b)).toEqual(items)
  })
})
