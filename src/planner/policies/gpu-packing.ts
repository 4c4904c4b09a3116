import type { Policy } from './policy.ts'

/** GPUs in use before free GPUs of a node in use, and those before an idle node. */
export const gpuPacking: Policy = {
  name: 'gpu-packing',
  summary: 'GPUs in use first, then nodes in use',
  ties: 'first',
  gpu: 'least',
  score({ before, chosen }, request) {
    if (request.gpus === 0) return 0
    const { each, gpus } = before.shape
    const idle = before.gpus.filter((left) => left === each).length
    if (idle === gpus) return Math.max(33 - idle, idle)
    const opened = chosen.filter((left) => left === each).length
    if (opened > 0) return Math.max(50 - opened, 33)
    const percent = chosen.reduce((sum, left) => sum + (100 * left) / each, 0)
    return Math.max(50, 100 - Math.floor(percent / 10))
  },
}
