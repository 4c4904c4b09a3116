import type { ComputeProfile } from '../../catalog/mig-instances.ts'

/** A compute instance in its GPU instance. */
export interface ComputePlace {
  readonly size: number
  readonly start: number
}

/** Starts at which a compute instance fits beside those that are there, ascending. One without a wish gets the first (captured). */
export function freeComputeStarts(placed: readonly ComputePlace[], { starts, size }: ComputeProfile): number[] {
  return starts.filter((start) =>
    placed.every((other) => start + size <= other.start || other.start + other.size <= start),
  )
}

/** How many more compute instances of a profile alone fit: "Free" of `nvidia-smi mig -lcip`. */
export function remainingCompute(placed: readonly ComputePlace[], profile: ComputeProfile): number {
  const filled = [...placed]
  for (;;) {
    const [start] = freeComputeStarts(filled, profile)
    if (start === undefined) return filled.length - placed.length
    filled.push({ start, size: profile.size })
  }
}
