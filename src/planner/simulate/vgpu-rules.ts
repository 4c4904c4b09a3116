import { ANY, GpuStates, type Space, slotsOf } from '../gpu-states.ts'
import type { NodeState, Place, Request } from '../policies/policy.ts'
import type { Rules } from './rules.ts'
import { settledBy } from './settled.ts'
import { VgpuNode } from './vgpu-node.ts'

/** A GPU before the run. */
export interface GpuKind {
  readonly space: Space
  /** MiB of framebuffer that no vGPU has */
  readonly free: number
}

/** More than the MiB of any GPU. */
const MOST_MIB = 2 ** 20

/**
 * GPUs that carry vGPUs, by the rules of their hosts: each GPU is a node of its own. A request without a vGPU type is one
 * as a scheduler without those rules sees it: a share of the framebuffer.
 * @param kinds the kinds of GPUs before the run; `shape.rules` is a number of one of them
 * @param types ids of the vGPU types of the run
 * @param stays no vGPU leaves
 */
export function vgpuRules(kinds: readonly GpuKind[], types: readonly number[], stays: boolean): Rules<VgpuNode> {
  const states = new GpuStates()
  const settled = stays ? settledBy(states, types) : (state: number) => state
  const isFull = (space: number) => types.every((type) => states.places(space, type).length === 0)
  return {
    idle(shape) {
      const { space, free } = kinds[shape.rules] as GpuKind
      return new VgpuNode(shape, free, settled(states.id(space)), () => new Map())
    },

    key: ({ space, free }) => space * MOST_MIB + free,

    isClosed: ({ space }) => stays && isFull(space),

    *places(state, request) {
      const { vgpuType } = request
      const { space } = state
      if (vgpuType === undefined) {
        if (seemsToFit(state, request)) yield placeAt(state, request, space, ANY)
        return
      }
      if (!isModel(state, request)) return
      for (const slot of states.places(space, vgpuType))
        yield placeAt(state, request, () => settled(states.add(space, vgpuType, slot)), slot)
    },

    released(state, request, { slot }) {
      return state.changed(request, -1, states.remove(state.space, request.vgpuType as number, slot))
    },

    usable(state, request) {
      const { space, free } = state
      const { vgpuType, each } = request
      if (!isModel(state, request)) return 0
      return vgpuType === undefined ? Math.floor(free / each) * each : room(states, space, vgpuType) * each
    },
  }
}

/** As `states.room`, without a state for each vGPU. */
function room(states: GpuStates, state: number, vgpuType: number): number {
  const { rules, freeVfs } = states.space(state)
  const type = rules.types.get(vgpuType)
  if (rules.mode === 'equal-size' || type === undefined) return states.room(state, vgpuType)
  let taken = 0n
  let count = 0
  for (const slot of states.placesOnce(state, vgpuType)) {
    const slots = slotsOf(type, slot)
    if ((taken & slots) !== 0n) continue
    taken |= slots
    count += 1
  }
  return Math.min(count, freeVfs)
}

function seemsToFit(state: NodeState, request: Request): boolean {
  return request.each <= state.free && isModel(state, request)
}

function isModel({ shape }: NodeState, { models }: Request): boolean {
  return models === undefined || models.includes(shape.model)
}

function placeAt(before: VgpuNode, request: Request, space: number | (() => number), slot: number): Place<VgpuNode> {
  return { before, after: before.changed(request, 1, space), chosen: before.gpus, alike: 1, slot }
}
