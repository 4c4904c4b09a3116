import type { Change } from '../../contract/views/change.ts'
import type { FitView, MoveView } from '../../contract/views/plan.ts'
import { boardOf } from '../../engine/board-of.ts'
import { knownType } from '../../engine/known-types.ts'
import { requireNotSuspended } from '../../engine/not-suspended.ts'
import { gpuIndices, stateAt } from '../../engine/select.ts'
import type { HostState } from '../../engine/state.ts'
import { takeInOrder } from '../../engine/unwind.ts'
import { typeRef } from '../../engine/views/words.ts'
import { NvError } from '../../errors/nv-error.ts'
import { shortTypeName } from '../../errors/type-name.ts'
import { rulesOf } from '../gpu-rules.ts'
import { bestPlan, type Plan } from '../search/plan.ts'
import { askedTypes, type FitRequest } from './asked.ts'
import { type HostProblem, hostProblem } from './host-problem.ts'
import { carryOutMoves, movesOf, moveViews } from './moves.ts'

/** Positions to look into for each question. */
const MOST = 3_000

export interface DefragmentRequest {
  types: readonly FitRequest[]
  gpu?: string
  maxMoves?: number
}

/**
 * Moves the fewest vGPUs after which the types fit; without types, after which the largest size fits that has no room now. All
 * migrations are made, or none.
 * @throws NvError ENODEV (type, GPU), ENOSPC (no migrations help, or more are needed than `maxMoves`), or as moving fails
 */
export function defragment(host: HostState, request: DefragmentRequest): Change<MoveView> {
  requireNotSuspended(host)
  const { types, gpu, maxMoves = Number.POSITIVE_INFINITY } = request
  const gpus = gpuIndices(host, gpu)
  const asked = askedTypes(host, types)
  const found = asked.length > 0 ? planFor(host, gpus, asked) : largest(host, gpus, maxMoves)
  if (found === null) {
    return { changed: false, items: [], warnings: ['no migration makes room for a larger vGPU'] }
  }
  const { planned, plan } = found
  if (plan.leftOut.some((number) => number > 0)) throw noPlan(found)
  if (plan.steps.length > maxMoves) throw tooMany(found, maxMoves)
  const moves = movesOf(planned, plan.steps)
  const items = moveViews(host, planned, moves)
  takeInOrder((onError) => carryOutMoves(host, planned, moves, onError))
  return { changed: moves.length > 0, items, warnings: warningsOf(found) }
}

type Asked = FitView['asked']

interface Answer {
  asked: Asked
  planned: HostProblem
  plan: Plan
}

function warningsOf({ asked, plan }: Answer): string[] {
  if (plan.steps.length === 0) return [`${words(asked)}: fits without a migration`]
  if (plan.exact) return []
  return [
    `fewer migrations may do: the search gave up after ${plan.nodes} positions, and at least ${plan.bound} are needed`,
  ]
}

function planFor(host: HostState, gpus: readonly number[], asked: Asked): Answer {
  const types = asked.flatMap(({ vgpuType, count }) => Array.from({ length: count }, () => vgpuType.id))
  const planned = hostProblem(host, gpus, types, 'move')
  return { asked, planned, plan: bestPlan(planned.problem, MOST, false) }
}

/** The plan for the largest size that does not fit now and fits after migrations; one type stands for each size. */
function largest(host: HostState, gpus: readonly number[], maxMoves: number): Answer | null {
  for (const id of onePerSize(host, gpus)) {
    const answer = planFor(host, gpus, [{ vgpuType: typeRef(host, id), count: 1 }])
    const { leftOut, steps } = answer.plan
    if (leftOut.some((number) => number > 0)) continue
    if (steps.length === 0) return null
    if (steps.length <= maxMoves) return answer
  }
  return null
}

function onePerSize(host: HostState, gpus: readonly number[]): number[] {
  const bySize = new Map<number, number>()
  for (const board of new Set(gpus.map((index) => stateAt(host, index).board))) {
    const index = gpus.find((one) => stateAt(host, one).board === board) ?? 0
    for (const [id, { refused }] of rulesOf(host, index).types) {
      const size = knownType(host, boardOf(stateAt(host, index)), id)?.profileSize ?? 0
      if (!refused && !bySize.has(size)) bySize.set(size, id)
    }
  }
  return [...bySize].sort(([a], [b]) => b - a).map(([, id]) => id)
}

function noPlan({ asked, plan }: Answer): NvError {
  return new NvError({
    errno: 'ENOSPC',
    code: 'max-instances',
    at: 'defragment',
    message: plan.impossible
      ? `${words(asked)}: no migrations on this host make room`
      : `${words(asked)}: no migrations that make room were found in ${plan.nodes} positions; there are at least ${plan.bound}, if any`,
    hint: `nvgpu fit ${selectors(asked)} --optimal`,
  })
}

function tooMany({ asked, plan }: Answer, maxMoves: number): NvError {
  const least = plan.exact ? 'no plan has fewer' : `no plan has fewer than ${plan.bound}`
  return new NvError({
    errno: 'ENOSPC',
    code: 'max-instances',
    at: 'defragment',
    message: `${words(asked)}: the migrations number ${plan.steps.length} and --max-moves allows ${maxMoves}; ${least}`,
    hint: `nvgpu defragment ${selectors(asked)} --dry-run`,
  })
}

function words(asked: Asked): string {
  return asked.map(({ vgpuType, count }) => `${count} x ${shortTypeName(vgpuType.name)}`).join(' and ')
}

function selectors(asked: Asked): string {
  const counted = (count: number) => (count === 1 ? '' : `=${count}`)
  return asked.map(({ vgpuType, count }) => `${shortTypeName(vgpuType.name)}${counted(count)}`).join(' ')
}
