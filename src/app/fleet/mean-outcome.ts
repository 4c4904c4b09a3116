import type { FleetSimulationView } from '../../contract/views/fleet.ts'
import type { Outcome } from '../../planner/simulate/tally.ts'

/**
 * The runs of one policy as one item.
 * @param fleetMiB framebuffer of the fleet; null for shares
 */
export function meanOutcome(
  policy: string,
  seed: number,
  runs: readonly Outcome[],
  fleetMiB: number | null,
): FleetSimulationView {
  const length = Math.min(...runs.map(({ points }) => points.length))
  const points = Array.from({ length }, (_, index) => {
    const at = runs.flatMap((run) => run.points[index] ?? [])
    const allocated = at.map((point) => point.allocated)
    return {
      arrived: at[0]?.arrived ?? 0,
      allocated: mean(allocated),
      lowest: rounded(Math.min(...allocated)),
      highest: rounded(Math.max(...allocated)),
      fragmented: mean(at.map((point) => point.fragmented)),
    }
  })
  const last = points.at(-1)
  const blind = runs.flatMap((run) => run.blind ?? [])
  return {
    policy,
    seed,
    runs: runs.length,
    placed: mean(runs.map(({ placed }) => placed)),
    refused: mean(runs.map(({ refused }) => refused)),
    allocated: last?.allocated ?? 0,
    fragmented: last?.fragmented ?? 0,
    unallocatedMiB:
      fleetMiB === null
        ? null
        : mean(runs.map((run) => (fleetMiB * (100 - (run.points[length - 1]?.allocated ?? 0))) / 100)),
    blind:
      blind.length === 0
        ? null
        : { choices: mean(blind.map(({ choices }) => choices)), refused: mean(blind.map(({ refused }) => refused)) },
    evaluations: mean(runs.map(({ evaluations }) => evaluations)),
    points,
  }
}

function mean(values: readonly number[]): number {
  return rounded(values.reduce((sum, value) => sum + value, 0) / values.length)
}

const DIGITS = 10_000

function rounded(value: number): number {
  return Math.round(value * DIGITS) / DIGITS
}
