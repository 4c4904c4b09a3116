import type { FitView } from '../../contract/views/plan.ts'
import { fits } from '../../engine/capacity.ts'
import { totalVfs } from '../../engine/definitions/vf-address.ts'
import { gpuIndices, stateAt } from '../../engine/select.ts'
import type { HostState } from '../../engine/state.ts'
import { createVgpu, destroyVgpus } from '../../engine/verbs/vgpus.ts'
import { typeRef } from '../../engine/views/words.ts'
import { refuseShared } from '../gpu-rules.ts'
import { bestPlan, type Plan } from '../search/plan.ts'
import { askedTypes, type FitRequest } from './asked.ts'
import { type HostProblem, hostProblem } from './host-problem.ts'
import { instanceHint } from './instance-hint.ts'
import { moreVfs } from './more-vfs.ts'
import { carryOutMoves, movesOf, moveViews, placeView, vgpuOf, wishFor } from './moves.ts'

/** Positions to look into for each question: whether it fits, VFs to enable, vGPUs to move, vGPUs to stop. */
const USUAL = 500
/** The same for the best answer. */
const OPTIMAL = 3_000

/**
 * Whether vGPUs fit together, and the place of each. If they do not fit: the GPUs whose VFs are to be enabled; else the
 * fewest migrations on this host; else the fewest vGPUs to stop. With `optimal` the last answer is the most of the asked
 * vGPUs, with the fewest migrations, and every answer has its proof. Each positive answer is carried out on `host`.
 * @param host a copy, which is changed
 * @throws NvError ENODEV (type, GPU)
 */
export function fit(host: HostState, requests: readonly FitRequest[], gpu?: string, optimal = false): FitView {
  const asked = askedTypes(host, requests)
  const types = asked.flatMap(({ vgpuType, count }) => Array.from({ length: count }, () => vgpuType.id))
  const gpus = gpuIndices(host, gpu)
  const most = optimal ? OPTIMAL : USUAL
  // the proof names runs of slots
  if (optimal) refuseShared(host, gpus, 'fit --optimal')
  const planned = hostProblem(host, gpus, types, 'move')
  const plan = bestPlan(planned.problem, most, optimal)
  const places = plan.leftOut.every((number) => number === 0)
  const now = places && plan.steps.length === 0
  const view: FitView = {
    asked,
    fits: now,
    exact: now || plan.exact,
    placed: [],
    why: now ? [] : asked.flatMap(({ vgpuType }) => gpus.map((index) => whyNot(host, vgpuType, index))),
    enable: [],
    moves: [],
    stops: [],
    leftOut: [],
    proof: optimal ? { nodes: plan.nodes, bound: plan.bound, certificate: plan.certificate } : null,
  }
  const more = now ? null : moreVfs(host, planned, types, most)
  if (more)
    return {
      ...view,
      exact: plan.bound > 0,
      enable: enabled(host, more.enable),
      ...done(host, more.planned, more.plan),
    }
  if (places || optimal) {
    const leftOut = asked.map(({ vgpuType }) => ({ vgpuType, count: leftOutOf(planned, plan, vgpuType.id) }))
    return { ...view, leftOut: leftOut.filter(({ count }) => count > 0), ...done(host, planned, plan) }
  }
  const stopping = hostProblem(host, gpus, types, 'stop')
  const stop = bestPlan(stopping.problem, most, false)
  const exact = plan.impossible && (stop.exact || stop.impossible)
  if (stop.leftOut.some((number) => number > 0)) return { ...view, exact }
  return { ...view, exact, ...done(host, stopping, stop) }
}

function whyNot(host: HostState, vgpuType: FitView['asked'][number]['vgpuType'], gpu: number): FitView['why'][number] {
  const { count, reason } = fits(host, gpu, vgpuType.id)
  return { vgpuType, gpu, creatable: count, reason, hint: instanceHint(host, gpu, vgpuType.id, count) }
}

function enabled(host: HostState, gpus: readonly number[]): FitView['enable'] {
  return gpus.map((index) => {
    const gpu = stateAt(host, index)
    return { gpu: index, gpuBdf: gpu.bdf, vfs: totalVfs(gpu) }
  })
}

function leftOutOf({ problem }: HostProblem, { leftOut }: Plan, vgpuType: number): number {
  const kind = problem.kinds.findIndex((known) => known.vgpuType === vgpuType && known.ecc === null)
  return leftOut[kind] ?? 0
}

/** Carries a plan out on the model, and shows it. A refusal there would mean a wrong answer. */
function done(host: HostState, planned: HostProblem, plan: Plan): Pick<FitView, 'placed' | 'moves' | 'stops'> {
  const moves = movesOf(planned, plan.steps)
  const stopped = vgpusAt(planned, plan.stopped)
  const view = {
    placed: placedViews(host, planned, plan),
    moves: moveViews(host, planned, moves),
    stops: stopped.map(({ at, spot }) => ({ ...vgpuOf(host, at), ...placeView(host, planned, spot) })),
  }
  carryOutMoves(host, planned, moves, () => undefined)
  if (stopped.length > 0) destroyVgpus(host, { selectors: stopped.map(({ at }) => at.vf.bdf) })
  for (const [number, { vgpuType, gpu, ...place }] of view.placed.entries()) {
    createVgpu(host, {
      type: String(vgpuType.id),
      gpu: String(gpu),
      uuid: `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
      uuidIsFresh: true,
      start: true,
      ...wishFor(place),
    })
  }
  return view
}

/** The places of the asked vGPUs of a plan, in the order of the request. */
function placedViews(host: HostState, planned: HostProblem, { created }: Plan): FitView['placed'] {
  const sorted = created.toSorted((a, b) => a.kind - b.kind || a.at.gpu - b.at.gpu || a.at.place - b.at.place)
  return sorted.map(({ kind, at }) => ({
    vgpuType: typeRef(host, planned.problem.kinds[kind]?.vgpuType ?? 0),
    ...placeView(host, planned, at),
  }))
}

/** The vGPUs that a plan stops. vGPUs of one kind on one place are alike. */
function vgpusAt({ vgpus }: HostProblem, stopped: Plan['stopped']): HostProblem['vgpus'][number][] {
  const left = vgpus.filter(({ movable }) => movable)
  return stopped.flatMap(({ kind, at }) => {
    const index = left.findIndex(
      ({ kind: own, spot }) => own === kind && spot.gpu === at.gpu && spot.place === at.place,
    )
    return index < 0 ? [] : left.splice(index, 1)
  })
}
