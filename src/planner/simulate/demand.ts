import type { Shape } from '../policies/policy.ts'
import { askedBy } from './trace.ts'
import type { Frequent } from './waste.ts'

/**
 * GPU that the requests want of each model, divided by the GPU that there is of it; 1 on average over the fleet. A request
 * wants its models in proportion to their amounts in the fleet.
 */
export function demandByModel(nodes: readonly Shape[], mix: readonly Frequent[]): ReadonlyMap<string, number> {
  const amounts = new Map<string, number>()
  for (const { model, gpus, each } of nodes) amounts.set(model, (amounts.get(model) ?? 0) + gpus * each)
  const wanted = new Map<string, number>()
  let asked = 0
  for (const { request, count } of mix) {
    const models = [...new Set(request.models ?? amounts.keys())]
    const there = models.reduce((sum, model) => sum + (amounts.get(model) ?? 0), 0)
    if (there === 0) continue
    asked += askedBy(request) * count
    for (const model of models) {
      const part = (amounts.get(model) ?? 0) / there
      wanted.set(model, (wanted.get(model) ?? 0) + askedBy(request) * count * part)
    }
  }
  const total = [...amounts.values()].reduce((sum, amount) => sum + amount, 0)
  return new Map(
    [...amounts].map(([model, amount]) => {
      const demand = asked === 0 || amount === 0 ? 1 : ((wanted.get(model) ?? 0) / asked) * (total / amount)
      return [model, Math.round(demand * DIGITS) / DIGITS]
    }),
  )
}

/** Equal demands stay equal in spite of rounding errors. */
const DIGITS = 1e6
