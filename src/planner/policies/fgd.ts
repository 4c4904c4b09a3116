import type { Policy } from './policy.ts'

/** Fragmentation gradient descent: the node and GPU where the request adds least GPU that other requests cannot use. */
export const fgd: Policy = {
  name: 'fgd',
  summary: 'least growth of GPU that other requests cannot use',
  ties: 'first',
  gpu: 'scored',
  score({ before, after }, _request, fleet) {
    return Math.floor(100 * sigmoid((fleet.wasted(before) - fleet.wasted(after)) / before.shape.each))
  },
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
