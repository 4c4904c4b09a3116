/** Requests for vGPUs: policies by unallocated framebuffer, and the speed of a search over states. */
import { boardRules } from '../src/planner/board-rules.ts'
import { POLICIES } from '../src/planner/policies/policies.ts'
import { fleetOf } from '../src/planner/simulate/fleet.ts'
import { drawsOf } from '../src/planner/simulate/prng.ts'
import { requestMix } from '../src/planner/simulate/request-mix.ts'
import { Search } from '../src/planner/simulate/search.ts'
import { simulate } from '../src/planner/simulate/simulate.ts'
import { vgpuRules } from '../src/planner/simulate/vgpu-rules.ts'

const MIB = 1024
/** Q types of an L40, with their published maxima. */
const MOST = { 1: 32, 2: 24, 3: 16, 4: 12, 6: 8, 8: 6, 12: 4, 16: 3, 24: 2, 48: 1 }
const SEED = 42
const GPUS = 400

const kinds = ['equal-size', 'mixed-size'].map((mode) => {
  const rules = boardRules({ board: 'L40', profile: 'v2', mode, ecc: false })
  return { space: { rules, freeVfs: rules.vfs, group: null, count: 0, taken: 0n }, free: rules.slots * MIB }
})
const types = [...kinds[0].space.rules.types.values()].filter(({ name }) => name.endsWith('Q'))
const requests = types.map(({ vgpuType, size }) => ({
  cpu: 0,
  memory: 0,
  gpus: 1,
  each: size * MIB,
  models: ['l40'],
  vgpuType,
}))
const sizes = types.map(({ size }, type) => ({ type, most: MOST[size] }))
const shapes = kinds.map(({ free }, rules) => ({ model: 'l40', cpu: 0, memory: 0, gpus: 1, each: free, rules }))
const nodesOf = (count, mixed) => Array.from({ length: count }, (_, gpu) => shapes[gpu % 100 < mixed ? 1 : 0])
const newRules = () =>
  vgpuRules(
    kinds,
    types.map(({ vgpuType }) => vgpuType),
    true,
  )

/** Shuffled requests up to 130 % of the fleet, for several shares of GPUs in mixed-size mode. */
export function mixes(seeds) {
  console.log(
    `\nvGPUs on ${GPUS} L40: framebuffer without a vGPU, and choices by framebuffer alone that the host refuses, mean of ${seeds} seeds`,
  )
  for (const mixed of [0, 50, 100]) {
    console.log(`  ${mixed} % of the GPUs in mixed-size mode`)
    for (const policy of POLICIES) {
      const runs = Array.from({ length: seeds }, (_, run) => {
        const lines = Int32Array.from(requestMix(sizes, 4 * GPUS, SEED + run))
        const trace = { requests, lines, arrivals: undefined, departures: undefined }
        const task = { nodes: nodesOf(GPUS, mixed), trace, rules: newRules(), order: 'shuffled', until: 130, step: 10 }
        return simulate(task, policy, SEED + run)
      })
      const left = runs.reduce((sum, { points }) => sum + 100 - points.at(-1).allocated, 0) / seeds
      const blind = runs.map((run) => (run.blind === null ? Number.NaN : (100 * run.blind.refused) / run.blind.choices))
      const refused = blind.reduce((sum, part) => sum + part, 0) / seeds
      console.log(
        `    ${policy.name.padEnd(15)} ${left.toFixed(2).padStart(6)} %   refused ${Number.isNaN(refused) ? '-' : `${refused.toFixed(2)} %`}`,
      )
    }
  }
}

/** Ten requests a GPU: a search over states beside first fit, GPU by GPU, both by processor time. The second run finds compiled code. */
export function speed(gpus) {
  console.log(
    `\n${10 * gpus} requests on ${gpus} GPUs: placements a second; must 1000, aim 2500 times as many as linear first fit`,
  )
  for (const mixed of [0, 100]) {
    const order = Int32Array.from(requestMix(sizes, 10 * gpus, SEED))
    const linear = linearFirstFit(order, gpus, mixed)
    for (const name of ['best-fit', 'fgd', 'vgpu']) {
      const policy = POLICIES.find((other) => other.name === name)
      const [first, second] = [1, 2].map(() => timedRun(searchOf(policy, gpus, mixed), order))
      const memory = (process.memoryUsage().rss / 2 ** 20).toFixed(0)
      console.log(
        `  ${mixed} % mixed, ${name}: ${first.perSecond.toFixed(0)}/s and again ${second.perSecond.toFixed(0)}/s, linear ${linear.toFixed(0)}/s, ratio ${(first.perSecond / linear).toFixed(0)} and ${(second.perSecond / linear).toFixed(0)}; placed ${first.placed}, scores ${first.evaluations}, ${memory} MiB`,
      )
    }
  }
}

function timedRun(search, order) {
  const begun = process.cpuUsage()
  let placed = 0
  for (const request of order) placed += place(search, request) >= 0 ? 1 : 0
  const perSecond = (order.length / process.cpuUsage(begun).user) * 1e6
  return { perSecond, placed, evaluations: search.evaluations }
}

function searchOf(policy, gpus, mixed, rules = newRules()) {
  const nodes = nodesOf(gpus, mixed)
  const mix = requests.map((request, index) => ({ request, count: sizes[index].most }))
  return new Search({ nodes, requests, rules, policy, fleet: fleetOf(nodes, mix, rules), draw: drawsOf(SEED) })
}

function place(search, request) {
  const node = search.find(request)
  if (node >= 0) search.put(node, request)
  return node
}

const FIRST_FIT = { name: 'first-fit', summary: '', ties: 'first', gpu: 'least', score: () => 0 }
const SAMPLES = 20
const SCANS = 20

/**
 * First fit that asks each GPU in turn whether the type fits, on arrays of numbers. The fleet is filled by the index, which makes the
 * same choices; the scan is timed at equal intervals.
 */
function linearFirstFit(order, gpus, mixed) {
  const search = searchOf(FIRST_FIT, gpus, mixed)
  const taken = {
    group: new Uint8Array(gpus),
    count: new Uint8Array(gpus),
    low: new Int32Array(gpus),
    high: new Int32Array(gpus),
  }
  let micros = 0
  let scans = 0
  for (const [index, request] of order.entries()) {
    if (index % (order.length / SAMPLES) === order.length / SAMPLES / 2) {
      const begun = process.cpuUsage()
      for (let scan = 0; scan < SCANS; scan += 1) firstFit(taken, order[index + scan], mixed)
      micros += process.cpuUsage(begun).user
      scans += SCANS
    }
    const node = search.find(request)
    if (node < 0) continue
    take(taken, node, request, search.placeOn(node, request).slot)
    search.put(node, request)
  }
  return (scans / micros) * 1e6
}

const HALF = 24
/** Slots of a vGPU as two numbers of 24 bits. */
function slotsFrom(id, size) {
  const bits = ((1n << BigInt(size)) - 1n) << BigInt(id)
  return { low: Number(bits & 0xffffffn), high: Number(bits >> BigInt(HALF)) }
}

const mixedTypes = types.map(({ vgpuType, size }) =>
  kinds[1].space.rules.types.get(vgpuType).ids.map((id) => slotsFrom(id, size)),
)

function take(taken, gpu, request, slot) {
  if (slot < 0) {
    taken.group[gpu] = request + 1
    taken.count[gpu] += 1
    return
  }
  const { low, high } = slotsFrom(slot, types[request].size)
  taken.low[gpu] |= low
  taken.high[gpu] |= high
}

function firstFit({ group, count, low, high }, request, mixed) {
  if (mixed === 0) {
    const { most } = types[request]
    for (let gpu = 0; gpu < group.length; gpu += 1)
      if ((group[gpu] === 0 || group[gpu] === request + 1) && count[gpu] < most) return gpu
    return -1
  }
  for (let gpu = 0; gpu < low.length; gpu += 1)
    for (const slots of mixedTypes[request])
      if ((slots.low & low[gpu]) === 0 && (slots.high & high[gpu]) === 0) return gpu
  return -1
}
