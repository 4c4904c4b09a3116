import type { SchedulerPolicy } from '../../catalog/profiles.ts'

/** Sharing of a GPU's engines among its vGPUs. null: the default, which depends on the size of the vGPUs. */
export interface Scheduler {
  policy: SchedulerPolicy
  /** Adaptive round robin; false under best effort. */
  arr: boolean
  /** With ARR: frequency of a vGPU's turns, Hz, 63 to 960. */
  frequencyHz: number | null
  /** With ARR: averaging factor, 1 to 60. */
  averaging: number
  /** Without ARR: length of a turn, ms, 1 to 30. */
  timeSliceMs: number | null
}

/** Ranges of the parameters; values outside are clamped (vGPU 17 user guide). */
export const LIMITS = {
  frequencyHz: { least: 63, most: 960 },
  averaging: { least: 1, most: 60, usual: 33 },
  timeSliceMs: { least: 1, most: 30 },
} as const

/** Up to this maxInstance the default turn is the longer one. */
const FEW = 8
const NS_PER_S = 1_000_000_000

export const BEST_EFFORT: Scheduler = {
  policy: 'best-effort',
  arr: false,
  frequencyHz: null,
  averaging: LIMITS.averaging.usual,
  timeSliceMs: null,
}

/** Low bits of an RmPVMRL word: policy and whether ARR is off. */
const POLICY: readonly (readonly [low: number, policy: SchedulerPolicy, arr: boolean])[] = [
  [0x00, 'best-effort', false],
  [0x01, 'equal-share', true],
  [0x11, 'fixed-share', true],
  [0x03, 'equal-share', false],
  [0x13, 'fixed-share', false],
]

/**
 * The scheduler of an RmPVMRL word: 0x00, 0x01, 0x11, 0xAAFFF001, 0xAAFFF011 (averaging factor, frequency), 0x03, 0x13,
 * 0x00TT0003, 0x00TT0013 (time slice in ms). Other low bits mean best effort; parameters are clamped.
 */
export function fromPvmrl(word: number): Scheduler {
  const arr = POLICY.find(([low, , on]) => on && low === (word & 0xfff))
  const [, policy = 'best-effort'] = arr ?? POLICY.find(([low, , on]) => !on && low === (word & 0xffff)) ?? []
  if (policy === 'best-effort') return BEST_EFFORT
  if (arr === undefined) {
    const slice = (word >>> 16) & 0xff
    return { ...BEST_EFFORT, policy, timeSliceMs: slice === 0 ? null : clamp(slice, LIMITS.timeSliceMs) }
  }
  const averaging = word >>> 24
  const frequency = (word >>> 12) & 0xfff
  return {
    policy,
    arr: true,
    frequencyHz: frequency === 0 ? null : clamp(frequency, LIMITS.frequencyHz),
    averaging: averaging === 0 ? LIMITS.averaging.usual : clamp(averaging, LIMITS.averaging),
    timeSliceMs: null,
  }
}

/** The RmPVMRL word of a scheduler. Parameter bits are zero if all parameters are defaults. */
export function toPvmrl({ policy, arr, frequencyHz, averaging, timeSliceMs }: Scheduler): number {
  const [low = 0] = POLICY.find(([, known, on]) => known === policy && on === arr) ?? []
  if (low === 0) return 0
  if (!arr) return (((timeSliceMs ?? 0) << 16) | low) >>> 0
  const plain = frequencyHz === null && averaging === LIMITS.averaging.usual
  return plain ? low : ((averaging << 24) | ((frequencyHz ?? 0) << 12) | low) >>> 0
}

/**
 * Length of a turn in ns; null under best effort. The default is 1/480 s with ARR and 2 ms without, if at most 8 vGPUs
 * of the size fit; else 1/960 s and 1 ms.
 * @param maxInstance of the types on the GPU; null without types
 */
export function timeSliceNs(scheduler: Scheduler, maxInstance: number | null): number | null {
  if (scheduler.policy === 'best-effort') return null
  const few = maxInstance === null || maxInstance <= FEW
  if (!scheduler.arr) return (scheduler.timeSliceMs ?? (few ? 2 : 1)) * 1_000_000
  return Math.floor(NS_PER_S / (scheduler.frequencyHz ?? (few ? 480 : 960)))
}

/** The frame-rate limiter works under best effort only. */
export function limiterActive(scheduler: Scheduler): boolean {
  return scheduler.policy === 'best-effort'
}

export function clamp(value: number, { least, most }: { least: number; most: number }): number {
  return Math.min(Math.max(value, least), most)
}
