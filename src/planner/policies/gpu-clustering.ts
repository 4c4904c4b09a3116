import { kindOf, type Policy } from './policy.ts'

/** Nodes that hold only requests of the same kind first, and among them the fullest. */
export const gpuClustering: Policy = {
  name: 'gpu-clustering',
  summary: 'requests of one kind on the same nodes',
  ties: 'first',
  gpu: 'least',
  score({ before }, request, { maxGpu }) {
    if (request.gpus === 0) return 0
    return baseOf(before.held, kindOf(request, before.shape)) + Math.floor((25 * (maxGpu - before.free)) / maxGpu)
  },
}

function baseOf(held: ReadonlyMap<number, number>, kind: number): number {
  if (held.size === 0) return 25
  if (!held.has(kind)) return 0
  return held.size === 1 ? 75 : 50
}
