/** First group of the GPUs, and groups for each GPU. Both are chosen for the simulation. */
const FIRST = 64
const BLOCK = 64

/**
 * IOMMU group of GPU `gpu`'s PF (`vf` null) or of one of its VFs. Every function has a group of its own, as behind a
 * bridge with access control services. The numbers are the simulation's.
 */
export function iommuGroup(gpu: number, vf: number | null): number {
  return FIRST + gpu * BLOCK + (vf === null ? 0 : vf + 1)
}

/** The function of an IOMMU group; null below the first group. */
export function functionOfGroup(group: number): { gpu: number; vf: number | null } | null {
  const within = group - FIRST
  if (within < 0) return null
  const vf = (within % BLOCK) - 1
  return { gpu: Math.floor(within / BLOCK), vf: vf < 0 ? null : vf }
}
