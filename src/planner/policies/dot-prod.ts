import type { Policy } from './policy.ts'

/** The node whose free CPU and GPU, as a vector, has the smallest dot product with the request. */
export const dotProd: Policy = {
  name: 'dot-prod',
  summary: 'smallest dot product of free resources and request',
  ties: 'first',
  gpu: 'least',
  score({ before }, request, { maxCpu, maxGpu }) {
    const cpu = part(before.cpu * request.cpu, maxCpu)
    const gpu = part(before.free * request.gpus * request.each, maxGpu)
    return Math.floor(100 * (1 - (cpu + gpu) / 2))
  },
}

function part(product: number, most: number): number {
  return most === 0 ? 0 : product / most ** 2
}
