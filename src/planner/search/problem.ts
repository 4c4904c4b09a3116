import type { GpuRules, PlannedType } from '../gpu-rules.ts'
import type { Place } from '../gpu-states.ts'

/** vGPUs that a search need not tell apart. */
export interface Kind {
  readonly vgpuType: number
  /** A running vGPU goes only to GPUs in its ECC mode; null for any other vGPU. */
  readonly ecc: boolean | null
}

/** A vGPU on a GPU. `kind` is an index into the kinds of the problem. */
export interface Held {
  readonly kind: number
  readonly place: Place
  readonly movable: boolean
}

export interface HeldGpu {
  readonly rules: GpuRules
  /** VFs that carry or can carry a vGPU */
  readonly vfs: number
  readonly held: readonly Held[]
}

/** Which vGPUs to evict so that the asked ones fit: the fewest, after as few as possible of the asked are left out. */
export interface Problem {
  readonly kinds: readonly Kind[]
  readonly gpus: readonly HeldGpu[]
  /** number asked, by kind */
  readonly asked: readonly number[]
  /** An evicted vGPU needs another place, or stops. */
  readonly evicted: 'move' | 'stop'
}

/** The type of a kind on a GPU; undefined where it cannot be. */
export function typeOn({ vgpuType, ecc }: Kind, rules: GpuRules): PlannedType | undefined {
  const type = rules.types.get(vgpuType)
  return type && !type.refused && (ecc === null || ecc === rules.ecc) ? type : undefined
}

/** The cost of leaving out one asked vGPU: more than that of all evictions. One eviction costs 1. */
export function leavingOut({ gpus }: Problem): number {
  return 1 + gpus.reduce((sum, { held }) => sum + held.filter(({ movable }) => movable).length, 0)
}

/** Most vGPUs of each kind that can be placed anew. */
export function demandOf({ kinds, gpus, asked, evicted }: Problem): number[] {
  const demand = kinds.map((_, kind) => asked[kind] ?? 0)
  if (evicted === 'stop') return demand
  for (const { held } of gpus) for (const { kind, movable } of held) if (movable) demand[kind] = (demand[kind] ?? 0) + 1
  return demand
}

/** Profile size of each kind, GiB. */
export function sizesOf({ kinds, gpus }: Problem): number[] {
  const rules = new Set(gpus.map((gpu) => gpu.rules))
  return kinds.map(({ vgpuType }) => Math.max(0, ...[...rules].map(({ types }) => types.get(vgpuType)?.size ?? 0)))
}
