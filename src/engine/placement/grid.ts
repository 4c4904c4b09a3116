import { GiB } from '../../abi/align.ts'
import type { Board } from '../../catalog/boards.ts'
import { equalSizeIds, mixedSizePlacements, type Placement, type PlacementOf } from '../../catalog/placement.ts'
import type { Profile } from '../../catalog/profiles.ts'

/**
 * The slots of a GPU, one a GiB of profile size, and how vGPUs take them: in equal-size mode one after the other, in
 * mixed-size mode at the ends of halves, quarters and so on. `none` where a vGPU has no placement id.
 */
export interface Grid {
  readonly mode: 'none' | 'equal-size' | 'mixed-size'
  readonly region: number
  readonly ampere: boolean
}

/** What placement needs to know of a type. */
export interface PlacedType {
  readonly profileSize: number
  readonly maxInstance: number
  /** slices of a MIG-backed type; 0 for a time-sliced one */
  readonly gpuInstanceSize: number
}

/** Slots that are taken: `size` of them from `id` on. */
export interface Taken {
  readonly id: number
  readonly size: number
}

/** The grid of a board under a profile, by the mode it is in. */
export function gridOf(board: Board, profile: Profile, heterogeneous: boolean): Grid {
  const equal = profile.equalSizePlacement && board.equalSizePlacement ? 'equal-size' : 'none'
  return {
    mode: heterogeneous ? 'mixed-size' : equal,
    region: board.memoryGiB,
    ampere: board.architecture === 'Ampere',
  }
}

/** Slots a type takes: its profile size in GiB, part of one counting as one. */
export function placementSize(type: PlacedType): number {
  return Math.ceil(type.profileSize / GiB)
}

/** Placement ids a type may ever have on this grid, ascending; none for a MIG-backed type. */
export function supportedIds(grid: Grid, type: PlacedType): number[] {
  if (grid.mode === 'none' || type.gpuInstanceSize > 0) return []
  return grid.mode === 'equal-size'
    ? equalSizeIds(placementOf(grid, type))
    : mixedPlacements(grid, type).map(({ id }) => id)
}

/** Where a type may sit in mixed-size mode. */
export function mixedPlacements(grid: Grid, type: PlacedType): Placement[] {
  return mixedSizePlacements(placementOf(grid, type))
}

/**
 * Placement ids a type could have now: the supported ones whose slots are all free. What the resource manager keeps step
 * by step (an id goes when a vGPU overlaps it and comes back when the free run around a leaving vGPU holds it) comes to
 * the same.
 */
export function creatableIds(grid: Grid, type: PlacedType, taken: readonly Taken[]): number[] {
  const size = placementSize(type)
  return supportedIds(grid, type).filter((id) => taken.every((other) => !overlap({ id, size }, other)))
}

export function overlap(a: Taken, b: Taken): boolean {
  return a.id < b.id + b.size && b.id < a.id + a.size
}

function placementOf({ region, ampere }: Grid, type: PlacedType): PlacementOf {
  return { region, ampere, size: placementSize(type), maxInstance: type.maxInstance }
}
