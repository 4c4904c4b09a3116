import type { FitView } from '../../src/contract/views/plan.ts'
import { newHost } from '../../src/engine/new-host.ts'
import type { HostState } from '../../src/engine/state.ts'
import { fit } from '../../src/planner/host/fit.ts'
import type { Problem } from '../../src/planner/search/problem.ts'
import { boundHost } from '../engine/bound-host.ts'
import { proves } from '../planner/checker.ts'
import { drawing, randomProblem, type Scene } from '../planner/random-problem.ts'
import type { Amount, Result } from './part.ts'

const HOST: Scene = {
  board: 'L40',
  profile: 'vgpu17',
  gpus: 8,
  vfs: 32,
  mixed: 1,
  churn: 24,
  asked: 1,
  sizes: ['1Q', '2Q', '3Q', '4Q', '6Q', '8Q', '12Q', '16Q', '24Q', '48Q'],
  evicted: 'move',
}

const SPREAD = 0x9e3779b1

/**
 * Asks random hosts with eight GPUs for one to eight vGPUs, as `fit --optimal` does. Each certificate is checked; `fit` carries each
 * plan out on the engine.
 */
export async function checkedPlans({ seed, rounds = 1_000, milliseconds }: Amount): Promise<Result> {
  const end = Date.now() + (milliseconds ?? Number.POSITIVE_INFINITY)
  const nodes: number[] = []
  const failures: string[] = []
  const ends = { now: 0, moves: 0, partly: 0, gaveUp: 0, bySearch: 0 }
  for (let round = 0; round < rounds && Date.now() <= end; round += 1) {
    // the first numbers of neighbouring seeds are close together
    const draw = drawing(Math.imul(seed + round, SPREAD))
    const problem = randomProblem({ ...HOST, asked: 1 + draw(8) }, draw)
    const asked = problem.kinds.map(({ vgpuType }, kind) => ({ type: `${vgpuType}`, count: problem.asked[kind] ?? 0 }))
    const wanted = asked.filter(({ count }) => count > 0)
    const view = fit(hostOf(problem), wanted, undefined, true)
    nodes.push(view.proof?.nodes ?? 0)
    const fault = faultOf(view)
    if (fault) failures.push(`seed ${seed + round}: ${fault}`)
    if (!view.exact) ends.gaveUp += 1
    else if (view.leftOut.length > 0) ends.partly += 1
    else ends[view.moves.length > 0 ? 'moves' : 'now'] += 1
    if (view.exact && view.proof && view.proof.certificate.bound < view.proof.bound) ends.bySearch += 1
  }
  nodes.sort((a, b) => a - b)
  const at = (share: number) => nodes[Math.min(nodes.length - 1, Math.floor(share * nodes.length))] ?? 0
  const answers = `${ends.now} fit now, ${ends.moves} after migrations, ${ends.partly} in part, ${ends.gaveUp} gave up with a bound`
  const proved = `${ends.bySearch} of the best are not proved by the certificate alone`
  const positions = `positions: median ${at(0.5)}, 99th percentile ${at(0.99)}, most ${at(1)}`
  return { counts: `${nodes.length} hosts: ${answers}; ${proved}; ${positions}`, failures }
}

function faultOf({ proof, exact, moves, leftOut }: FitView): string | null {
  if (!proof || !proves(proof.certificate)) return 'the certificate does not prove its bound'
  const cost = moves.length + leftOut.reduce((sum, { count }) => sum + count, 0) * proof.certificate.leftOut
  if (proof.bound > cost || proof.certificate.bound > proof.bound || exact !== (proof.bound === cost))
    return `an answer that costs ${cost} has the bounds ${proof.bound} and ${proof.certificate.bound}`
  return null
}

/** The host of a problem. A vGPU that may not move is migrating to another host. */
function hostOf({ kinds, gpus }: Problem): HostState {
  const state = newHost({ board: HOST.board, gpus: gpus.length, profile: HOST.profile })
  const host = boundHost(state)
  let created = 0
  for (const [index, { vfs, held }] of gpus.entries()) {
    const gpu = String(index)
    host.enableVfs({ gpu, count: vfs })
    host.setMode({ gpu, mode: 'heterogeneous' })
    for (const { kind, place: placementId, movable } of held) {
      const uuid = `00000000-0000-4000-8000-${String(created++).padStart(12, '0')}`
      host.createVgpu({ type: String(kinds[kind]?.vgpuType), gpu, uuid, placementId, uuidIsFresh: true, start: true })
      if (!movable) state.migrations.push({ id: uuid, phase: 'leaving', uuid, peer: '/elsewhere' })
    }
  }
  return state
}
