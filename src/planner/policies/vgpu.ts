import type { Policy } from './policy.ts'

/** Weights found by trial on the published traces; an amount of GPU counts as a part of one GPU. */
const WASTED = 2
const LOST = 0.5
const LEFT = 0.1
const DEMAND = 1
/** Scores with the same first digits are equal, whatever the order of the sums that they come from. */
const DIGITS = 1e6

/**
 * As FGD, and by the rules of the host: sizes, modes and slots of vGPUs, memory and CPU of tasks. The models that other
 * requests insist on are spared, and among similar places the fullest node is taken.
 */
export const vgpu: Policy = {
  name: 'vgpu',
  summary: 'least GPU that other requests cannot use, by the rules of vGPU hosts and with regard to wanted models',
  ties: 'first',
  gpu: 'scored',
  score({ before, after }, request, fleet) {
    const { each, model } = before.shape
    const wasted = (fleet.wasted(before) - fleet.wasted(after)) / each
    const lost = (fleet.lost(before) - fleet.lost(after)) / each
    const left = part(after.cpu, fleet.maxCpu) / 2 + part(after.free, fleet.maxGpu) / 2
    const wanted = (fleet.demand(model) * request.gpus * request.each) / each
    return Math.round(DIGITS * (WASTED * wasted + LOST * lost - LEFT * left - DEMAND * wanted)) / DIGITS
  },
}

function part(left: number, most: number): number {
  return most === 0 ? 0 : left / most
}
