/** Groups below belong to the platform's own devices; a GPU has a block of them. Both chosen for the simulation. */
const FIRST = 64
const BLOCK = 64

/**
 * IOMMU group of GPU `gpu`'s PF (`vf` null) or of one of its VFs. Every function has one of its own, as behind a bridge
 * with access control services; the numbers are modelled.
 */
export function iommuGroup(gpu: number, vf: number | null): number {
  return FIRST + gpu * BLOCK + (vf === null ? 0 : vf + 1)
}

/** The function an IOMMU group number would belong to; null below the first. */
export function functionOfGroup(group: number): { gpu: number; vf: number | null } | null {
  const within = group - FIRST
  if (within < 0) return null
  const vf = (within % BLOCK) - 1
  return { gpu: Math.floor(within / BLOCK), vf: vf < 0 ? null : vf }
}
