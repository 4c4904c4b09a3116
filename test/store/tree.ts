import type { Model } from '../../src/store/model.ts'
import type { Operation } from '../../src/store/store.ts'

/** A small state with what matters to the store: a host part, and GPUs with a body. */
export interface Tree {
  schema: number
  total: number
  name: string
  gpus: TreeGpu[]
}

export interface TreeGpu {
  bdf: string
  count: number
  notes: string[]
  padding: string
}

export const model: Model<Tree> = {
  schema: 1,
  initial: () => ({ schema: 1, total: 0, name: 'first', gpus: [gpu(0), gpu(1)] }),
  check(state, touched) {
    const sum = touched.length === state.gpus.length ? state.gpus.reduce((total, { count }) => total + count, 0) : 0
    if (typeof state.total !== 'number') return ['the total is no number']
    const odd = touched.find((index) => !Array.isArray(state.gpus[index]?.notes))
    if (odd !== undefined) return [`GPU ${odd} has no notes`]
    return sum !== 0 && sum !== state.total ? [`the counts give ${sum}, the total is ${state.total}`] : []
  },
}

export function gpu(index: number): TreeGpu {
  const bus = (0xc1 + index) & 0xff
  const domain = (0xc1 + index) >> 8
  const bdf = `${domain.toString(16).padStart(4, '0')}:${bus.toString(16).padStart(2, '0')}:00.0`
  return { bdf, count: 0, notes: [], padding: '' }
}

/** Adds one to a GPU and to the total: two places that must agree, one of them in a shard. */
export function increment(index = 0) {
  return (state: Tree): number => {
    const gpu = state.gpus[index]
    if (gpu === undefined) throw new Error(`no GPU ${index}`)
    gpu.count++
    state.total++
    return state.total
  }
}

/** Adds one to both GPUs: a change of two shards that is there whole or not at all. */
export function incrementBoth(state: Tree): number {
  increment(0)(state)
  return increment(1)(state)
}

/** Writes so much into the host part that the log is due for a checkpoint. */
export function fill(state: Tree): void {
  state.name = state.name.startsWith('a') ? 'b'.repeat(25_000) : 'a'.repeat(25_000)
}

let serial = 0

export function operation(id = `op-${serial++}`): Operation {
  return { id, time: '2026-01-02T03:04:05.678Z', command: `nvgpu test ${id}` }
}
