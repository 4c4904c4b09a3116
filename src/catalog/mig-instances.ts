import type { MigProfile } from '../contract/views/mig.ts'

/** A profile of the compute instances inside a GPU instance. */
export interface ComputeProfile {
  /** "1c.3g.40gb"; the one that fills its GPU instance has the name of that: "3g.40gb". */
  readonly name: string
  readonly id: number
  /** Where an instance may start, and its size, in compute slices of the GPU instance. */
  readonly starts: readonly number[]
  readonly size: number
}

/** Memory slices of a GPU, the size of the profile that takes all of it: 8, 4 or 12. */
export function migGrid(profiles: readonly MigProfile[]): number {
  return Math.max(0, ...profiles.map(({ size }) => size))
}

/** Whether several vGPUs may take turns on a GPU instance of a board: chip table of the open kernel modules, GB20x only. */
export function timeSlicesOn(board: string): boolean {
  return board === 'RTX-PRO-6000-Blackwell-SE'
}

/** Compute slices of a profile: 3 for 3g.20gb. */
export function slicesOf({ name }: Pick<MigProfile, 'name'>): number {
  return Number.parseInt(name, 10)
}

/** Two orders of the ids are captured on GPUs of eight slices, even in one host. Here every second GPU has the swapped one. */
export function swapsHalves(gpuIndex: number, grid: number): boolean {
  return grid === 8 && gpuIndex % 2 === 1
}

/**
 * The id of a GPU instance follows from its place: 0 for all memory, then halves from 1, quarters from 3, eighths from 7. Swapped, the
 * count of each begins in the upper half. Ranges: open kernel modules; orders: captures.
 */
export function gpuInstanceId(
  { start, size }: { start: number; size: number },
  grid: number,
  swapped: boolean,
): number {
  const parts = grid / size
  const from = swapped && parts > 1 ? (start + grid / 2) % grid : start
  return parts - 1 + from / size
}

/** Profile ids by compute slices: NVML_COMPUTE_INSTANCE_PROFILE_*. */
const COMPUTE_IDS: Readonly<Record<number, number>> = { 1: 0, 2: 1, 3: 2, 4: 3, 7: 4 }

/** Starts of compute instances by slices of the GPU instance, then of the compute instance: captures of A100; seven: NVIDIA's mock. */
const COMPUTE_STARTS: Readonly<Record<number, Readonly<Record<number, readonly number[]>>>> = {
  1: { 1: [0] },
  2: { 1: [0, 1], 2: [0] },
  3: { 1: [0, 1, 2], 2: [0], 3: [0] },
  4: { 1: [0, 1, 2, 3], 2: [0, 2], 4: [0] },
  7: { 1: [0, 1, 2, 3, 4, 5, 6], 2: [0, 2, 4], 3: [0, 4], 4: [0], 7: [0] },
}

/** The profiles of compute instances in a GPU instance. The last one takes all of it, and is the default. */
export function computeProfilesOf(profile: MigProfile): ComputeProfile[] {
  const slices = slicesOf(profile)
  return Object.entries(COMPUTE_STARTS[slices] ?? {}).map(([size, starts]) => ({
    name: Number(size) === slices ? profile.name : `${size}c.${profile.name}`,
    id: COMPUTE_IDS[Number(size)] ?? 0,
    starts,
    size: Number(size),
  }))
}

/** NVML_GPU_INSTANCE_PROFILE_* by slices and suffix. */
const NVML_PROFILES: Readonly<Record<string, number>> = {
  ...{ '1': 0, '2': 1, '3': 2, '4': 3, '7': 4, '1+me': 7, '2+me': 8 },
  ...{ '1+gfx': 10, '2+gfx': 11, '4+gfx': 12, '1-me': 13, '2-me': 14, '1+me.all': 15, '2+me.all': 16 },
}

/** Id of the profile with one compute slice and two memory slices. */
const WIDE_ID = 15
const NVML_WIDE = 9

/** The number of a profile in NVML: NVML_GPU_INSTANCE_PROFILE_1_SLICE and its kin. */
export function nvmlProfile(profile: Pick<MigProfile, 'id' | 'name'>): number {
  if (profile.id === WIDE_ID) return NVML_WIDE
  const [, suffix = ''] = /gb(.*)$/.exec(profile.name) ?? []
  return NVML_PROFILES[`${slicesOf(profile)}${suffix}`] ?? 0
}
