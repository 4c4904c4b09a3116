import type { FleetSimulationView } from '../../contract/views/fleet.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { Policy } from '../../planner/policies/policy.ts'
import { shareRules } from '../../planner/simulate/share-rules.ts'
import { simulate, type Task } from '../../planner/simulate/simulate.ts'
import { askedBy, type Trace } from '../../planner/simulate/trace.ts'
import { vgpuRules } from '../../planner/simulate/vgpu-rules.ts'
import type { Context } from '../context.ts'
import { readPieces } from '../files.ts'
import type { Fleet } from './fleet.ts'
import { meanOutcome } from './mean-outcome.ts'
import { type FleetModel, fleetModel, type Hosts } from './model.ts'
import { type Offer, type ReadTrace, readTrace } from './read-trace.ts'
import { isHistory, recordedRequests } from './recorded-requests.ts'
import { shareNodes, typesOf, vgpuNodes } from './simulated-fleet.ts'

export interface SimulationRequest {
  readonly file: string
  readonly policies: readonly Policy[]
  readonly seed: number
  readonly runs: number
  readonly order: 'shuffled' | 'timed' | undefined
  /** percent of the fleet, for shuffled requests */
  readonly until: number
}

/** Points of a run with times. */
const MOST_POINTS = 200

/**
 * Runs the requests of a file on a fleet under each policy.
 * @param say called now and then with what is being done
 * @throws NvError invalid-file, not-found and the like of the trace; unsupported for a fleet without the GPUs that it asks for
 */
export function runSimulation(
  context: Context,
  fleet: Fleet,
  hosts: Hosts,
  request: SimulationRequest,
  say: (text: string) => void,
): FleetSimulationView[] {
  const { file, policies, seed, runs, until } = request
  const model = once(() => fleetModel(fleet, hosts))
  const shares = once(() => shareNodes(fleet, hosts))
  const offer: Offer = {
    models: once(() => new Set(shares().map((shape) => shape.model))),
    type: (word) => typesOf(model())(word),
  }
  const name = file === '-' ? 'standard input' : file
  const pieces = isHistory(file) ? [recordedRequests(file)] : readPieces(context, file)
  const read = readTrace(name, pieces, offer, (lines) => say(`${name}: line ${lines}`))
  const order = request.order ?? (read.kind === 'gpus' || read.trace.arrivals === undefined ? 'shuffled' : 'timed')
  const { nodes, rules } = readyFleet(read, order, shares, model)
  const total = nodes.reduce((sum, { gpus, each }) => sum + gpus * each, 0)
  if (total === 0) throw noGpus(fleet.file)
  const step = order === 'shuffled' ? 1 : stepOf(read.trace, total)
  return policies.map((policy) => {
    const outcomes = Array.from({ length: runs }, (_, run) => {
      const progress = (arrived: number) =>
        say(`${policy.name}, seed ${seed + run}: ${arrived.toFixed(0)} % of the fleet has been asked for`)
      const task: Task = { nodes, trace: read.trace, rules: rules(), order, until, step, progress }
      return simulate(task, policy, seed + run)
    })
    return meanOutcome(policy.name, seed, outcomes, read.kind === 'type' ? total : null)
  })
}

function readyFleet(
  { kind, trace }: ReadTrace,
  order: Task['order'],
  shares: () => Task['nodes'],
  model: () => FleetModel,
): { nodes: Task['nodes']; rules: () => Task['rules'] } {
  if (kind !== 'type') return { nodes: shares(), rules: () => shareRules }
  const { nodes, kinds } = vgpuNodes(model())
  const types = trace.requests.flatMap(({ vgpuType }) => vgpuType ?? [])
  return { nodes, rules: () => vgpuRules(kinds, types, order === 'shuffled') }
}

/** Percent of the fleet between two points. */
function stepOf({ requests, lines }: Trace, total: number): number {
  const asked = requests.map(askedBy)
  const sum = lines.reduce((all, request) => all + (asked[request] ?? 0), 0)
  return Math.max(1, Math.ceil((100 * sum) / total / MOST_POINTS))
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function noGpus(file: string): NvError {
  return new NvError({
    errno: 'ENODEV',
    code: 'unsupported',
    at: 'fleet simulate',
    message: `${file} has no GPU that takes such requests`,
    hint: 'nvgpu fleet list',
    object: file,
  })
}
