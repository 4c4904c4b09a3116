import type { MoveView, PlaceView } from '../../contract/views/plan.ts'
import { findVgpu, stateAt, type VfAt } from '../../engine/select.ts'
import type { HostState } from '../../engine/state.ts'
import { moveVgpu, type OnError } from '../../engine/verbs/move.ts'
import { typeRef } from '../../engine/views/words.ts'
import { ANY } from '../gpu-states.ts'
import type { Spot, Step } from '../search/steps.ts'
import { partsOfPlace } from '../shared-slots.ts'
import type { HostProblem } from './host-problem.ts'

/** One migration of a vGPU of the host. */
export interface Move {
  readonly uuid: string
  readonly from: Spot
  readonly to: Spot
}

/** The vGPUs that the steps of a plan move, in their order. */
export function movesOf({ vgpus }: HostProblem, steps: readonly Step[]): Move[] {
  const now = vgpus.filter(({ movable }) => movable).map((one) => ({ ...one, uuid: one.at.vf.uuid ?? '' }))
  return steps.map(({ kind, from, to }) => {
    const mover = now.find((one) => one.kind === kind && one.spot.gpu === from.gpu && one.spot.place === from.place)
    if (!mover) throw new Error(`no vGPU of kind ${kind} is on GPU ${from.gpu} at ${from.place}`)
    mover.spot = to
    return { uuid: mover.uuid, from, to }
  })
}

/** Carries out moves in their order, each by the host's own rules. @throws NvError of the first that fails */
export function carryOutMoves(host: HostState, planned: HostProblem, moves: readonly Move[], onError: OnError): void {
  for (const { uuid, to } of moves) {
    const place = placeView(host, planned, to)
    moveVgpu(host, findVgpu(host, uuid), { gpu: place.gpu, ...wishFor(place) }, onError)
  }
}

/** A place as the request of a verb. */
export function wishFor({ placementId, gpuInstance }: Pick<PlaceView, 'placementId' | 'gpuInstance'>): PlaceWish {
  return {
    ...(placementId === null ? {} : { placementId }),
    ...(gpuInstance === null ? {} : { gpuInstanceId: gpuInstance }),
  }
}

interface PlaceWish {
  placementId?: number
  gpuInstanceId?: number
}

export function moveViews(host: HostState, planned: HostProblem, moves: readonly Move[]): MoveView[] {
  const byUuid = new Map(planned.vgpus.map(({ at }) => [at.vf.uuid, at]))
  return moves.flatMap(({ uuid, from, to }) => {
    const at = byUuid.get(uuid)
    return at ? [{ ...vgpuOf(host, at), from: placeView(host, planned, from), to: placeView(host, planned, to) }] : []
  })
}

export function vgpuOf(host: HostState, { vf }: VfAt) {
  return { vgpu: vf.uuid ?? '', name: vf.name, vgpuType: typeRef(host, vf.vgpuType) }
}

export function placeView(host: HostState, { gpus, problem }: HostProblem, { gpu, place }: Spot): PlaceView {
  const index = gpus[gpu] ?? 0
  const id = place === ANY ? null : place
  const rules = problem.gpus[gpu]?.rules
  const onInstance = rules?.mode === 'mig'
  const on = { gpu: index, gpuBdf: stateAt(host, index).bdf }
  if (rules?.shared && id !== null) return { ...on, ...partsOfPlace(id) }
  return {
    ...on,
    placementId: onInstance ? null : id,
    gpuInstance: onInstance ? id : null,
  }
}
