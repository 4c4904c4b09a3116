import type { Certificate } from '../../contract/views/plan.ts'
import { ANY } from '../gpu-states.ts'
import { UNIT } from './gain.ts'
import { leavingOut, type Problem, typeOn } from './problem.ts'

/**
 * A problem with weights that prove a bound: all that is needed to check, without this program, that no plan costs less.
 * docs/planning.md has the rule.
 */
export function certificateOf(problem: Problem, bound: number, weights: readonly (readonly number[])[]): Certificate {
  const { kinds, gpus, asked, evicted } = problem
  const rules = [...new Set(gpus.map((gpu) => gpu.rules))]
  return {
    evicted,
    bound,
    unit: UNIT,
    leftOut: leavingOut(problem),
    kinds: kinds.map(({ vgpuType }, kind) => ({ type: vgpuType, asked: asked[kind] ?? 0 })),
    rules: rules.map((one) => ({
      name: one.key,
      slots: one.mode === 'equal-size' ? null : one.slots,
      kinds: kinds.map((kind) => {
        const type = one.types.get(kind.vgpuType)
        if (!type) return null
        const { width, group, most, ids } = type
        return { startable: typeOn(kind, one) !== undefined, size: width, group, most, places: [...ids] }
      }),
    })),
    gpus: gpus.map((gpu) => ({
      rules: rules.indexOf(gpu.rules),
      vfs: gpu.vfs,
      held: gpu.held.map(({ kind, place, movable }) => ({ kind, place: place === ANY ? null : place, movable })),
    })),
    weights: weights.map((set) => [...set]),
  }
}
