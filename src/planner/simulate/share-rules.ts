import { heldAfter, type NodeState, type Place, type Request } from '../policies/policy.ts'
import type { Rules } from './rules.ts'

/**
 * Nodes that give shares of GPUs. A node can take a request when model, CPU, memory and GPUs allow: one GPU with enough
 * left for a share, as many free GPUs as a request of whole ones asks for.
 */
export const shareRules: Rules = {
  idle(shape) {
    const gpus = new Array<number>(shape.gpus).fill(shape.each)
    return {
      shape,
      cpu: shape.cpu,
      memory: shape.memory,
      gpus,
      free: shape.gpus * shape.each,
      held: new Map(),
      space: -1,
    }
  },

  key({ shape, cpu, memory, gpus, held }) {
    const kinds = [...held].sort(([a], [b]) => a - b).join(' ')
    return `${shape.model}/${shape.cpu}/${shape.memory}/${shape.gpus}/${cpu}/${memory}/${gpus.join(' ')}/${kinds}`
  },

  // A node without GPU left may still take a task without one.
  isClosed: () => false,

  *places(state, request) {
    const { shape, cpu, memory, gpus } = state
    if (request.cpu > cpu || request.memory > memory || request.gpus > gpus.length) return
    if (request.models !== undefined && !request.models.includes(shape.model)) return
    if (request.gpus === 0) {
      yield placeOf(state, request, 0)
      return
    }
    for (let at = 0; at + request.gpus <= gpus.length; at += 1) {
      if ((gpus[at] as number) < request.each || gpus[at] === gpus[at - 1]) continue
      yield placeOf(state, request, at)
      // Of several whole GPUs those with least left are taken.
      if (request.gpus > 1) return
    }
  },

  released(before, request, { left }) {
    const gpus = [...before.gpus]
    for (const amount of left) gpus[gpus.indexOf(amount)] = amount + request.each
    return {
      ...before,
      cpu: before.cpu + request.cpu,
      memory: before.memory + request.memory,
      gpus: gpus.sort(ascending),
      free: before.free + request.gpus * request.each,
      held: heldAfter(before, request, -1),
    }
  },

  usable({ shape, cpu, memory, gpus }, request) {
    if (request.models !== undefined && !request.models.includes(shape.model)) return 0
    let times = 0
    for (const left of gpus)
      times += request.gpus === 1 ? Math.floor(left / request.each) : left >= request.each ? 1 : 0
    times = Math.floor(times / request.gpus)
    if (request.cpu > 0) times = Math.min(times, Math.floor(cpu / request.cpu))
    if (request.memory > 0) times = Math.min(times, Math.floor(memory / request.memory))
    return times * request.gpus * request.each
  },
}

/** Takes the GPUs from number `at` on. */
function placeOf(before: NodeState, request: Request, at: number): Place {
  const chosen = before.gpus.slice(at, at + request.gpus)
  const gpus = before.gpus.map((left, index) => (index >= at && index < at + request.gpus ? left - request.each : left))
  return {
    before,
    chosen,
    alike: request.gpus === 1 ? before.gpus.lastIndexOf(chosen[0] as number) - at + 1 : 1,
    slot: -1,
    after: {
      ...before,
      cpu: before.cpu - request.cpu,
      memory: before.memory - request.memory,
      gpus: gpus.sort(ascending),
      free: before.free - request.gpus * request.each,
      held: heldAfter(before, request, 1),
    },
  }
}

function ascending(a: number, b: number): number {
  return a - b
}
