import type { Certificate } from '../../contract/views/plan.ts'
import type { GpuRules } from '../gpu-rules.ts'
import { ANY } from '../gpu-states.ts'
import { UNIT } from './gain.ts'
import { type Kind, leavingOut, type Problem, typeOn } from './problem.ts'

/**
 * A problem with weights that prove a bound: all that is needed to check, without this program, that no plan costs less.
 * docs/planning.md has the rule.
 */
export function certificateOf(problem: Problem, bound: number, weights: readonly number[]): Certificate {
  const { kinds, gpus, asked, evicted } = problem
  const rules = [...new Set(gpus.map((gpu) => gpu.rules))]
  return {
    evicted,
    bound,
    unit: UNIT,
    leftOut: leavingOut(problem),
    kinds: kinds.map(({ vgpuType }, kind) => ({ type: vgpuType, asked: asked[kind] ?? 0, weight: weights[kind] ?? 0 })),
    rules: rules.map((one) => ({ name: one.key, mode: one.mode, layouts: layoutsOf(one, kinds) })),
    gpus: gpus.map((gpu) => ({
      rules: rules.indexOf(gpu.rules),
      vfs: gpu.vfs,
      held: gpu.held.map(({ kind, place, movable }) => ({ kind, place: place === ANY ? null : place, movable })),
    })),
  }
}

type Layout = Certificate['rules'][number]['layouts'][number]

/** In equal-size mode one for each group, else one. */
function layoutsOf(rules: GpuRules, kinds: readonly Kind[]): Layout[] {
  const equal = rules.mode === 'equal-size'
  const types = kinds.map(({ vgpuType }) => rules.types.get(vgpuType))
  const groups = equal ? new Set(types.flatMap((type) => type?.group ?? [])) : [null]
  return [...groups].map((group) => ({
    slots: equal ? (types.find((type) => type?.group === group)?.most ?? 0) : rules.slots,
    kinds: kinds.map((kind, index) => {
      const type = types[index]
      if (!type || (equal && type.group !== group)) return null
      const places = equal ? null : [...type.ids]
      return { size: equal ? 1 : type.width, places: typeOn(kind, rules) ? places : [] }
    }),
  }))
}
