import type { HostState } from './state.ts'

/** First group of the GPUs, and groups for each GPU. Both are chosen for the simulation. */
const FIRST = 64
const BLOCK = 64
/** Place of the root port in its GPU's block: behind the PF and up to 62 VFs. */
const PORT = BLOCK - 1

/** The owner of an IOMMU group: a GPU's root port, its PF (`vf` null) or one of its VFs. */
export interface GroupOwner {
  readonly gpu: number
  readonly vf: number | 'port' | null
}

/**
 * IOMMU group of GPU `gpu`'s PF (`vf` null), of one of its VFs, or of its root port. Every function has a group of its own,
 * as behind a bridge with access control services. The numbers are the simulation's.
 */
export function iommuGroup(gpu: number, vf: GroupOwner['vf']): number {
  return FIRST + gpu * BLOCK + (vf === null ? 0 : vf === 'port' ? PORT : vf + 1)
}

/** The owner of an IOMMU group; null below the first group. */
export function ownerOfGroup(group: number): GroupOwner | null {
  const within = group - FIRST
  if (within < 0) return null
  const place = within % BLOCK
  return { gpu: Math.floor(within / BLOCK), vf: place === 0 ? null : place === PORT ? 'port' : place - 1 }
}

/** IOMMU group of the mediated device on a VF. These groups follow those of all GPUs. */
export function mdevGroup(host: Pick<HostState, 'gpus'>, gpu: number, vf: number): number {
  return iommuGroup(host.gpus.length + gpu, vf)
}
