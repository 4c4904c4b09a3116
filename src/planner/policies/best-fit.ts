import type { Policy } from './policy.ts'

/** The node with the least CPU and GPU left afterwards, both as a share of the largest node's. */
export const bestFit: Policy = {
  name: 'best-fit',
  summary: 'the node with least CPU and GPU left',
  ties: 'first',
  gpu: 'least',
  score({ after }, _request, { maxCpu, maxGpu }) {
    return Math.floor(100 * (1 - part(after.cpu, maxCpu) / 2 - part(after.free, maxGpu) / 2))
  },
}

function part(left: number, most: number): number {
  return most === 0 ? 0 : left / most
}
