import { alignDown } from '../abi/align.ts'
import type { MigProfile } from '../contract/views/mig.ts'
import { migGrid, slicesOf } from './mig-instances.ts'

/** Part of its share of the memory that a GPU instance has, and its step in MiB: within 9 % of the captured boards. */
const SHARE = 0.985
const STEP_MIB = 128
/** Multiprocessors of a compute slice of a full GH100. */
const PER_SLICE = 16

/**
 * Memory of a GPU instance in MiB: the published figure, else its share of the GPU's memory less 1.5 %, which is ours.
 * @param totalMiB the memory of the GPU
 */
export function instanceMiB(profiles: readonly MigProfile[], profile: MigProfile, totalMiB: number): number {
  return profile.memoryMiB ?? alignDown(Math.floor(((totalMiB * profile.size) / migGrid(profiles)) * SHARE), STEP_MIB)
}

/** Multiprocessors of a GPU instance: the published figure, else those of the smallest profile for every slice, which is ours. */
export function instanceMultiprocessors(profiles: readonly MigProfile[], profile: MigProfile): number {
  return profile.multiprocessors ?? slicesOf(profile) * (profiles[0]?.multiprocessors ?? PER_SLICE)
}
