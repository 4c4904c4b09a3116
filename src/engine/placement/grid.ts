import { GiB } from '../../abi/align.ts'
import type { Board } from '../../catalog/boards.ts'
import {
  equalSizeIds,
  mixedSizePlacements,
  type Placement,
  type PlacementOf,
  slotsOf,
} from '../../catalog/placement.ts'
import type { Profile } from '../../catalog/profiles.ts'

/**
 * The slots of a GPU, one a GiB of profile size, and the rule for taking them: in equal-size mode one after the other,
 * in mixed-size mode at the ends of halves, quarters and so on. `none` without placement ids.
 */
export interface Grid {
  readonly mode: 'none' | 'equal-size' | 'mixed-size'
  readonly region: number
  readonly ampere: boolean
  /** Ids divide the region evenly: Blackwell. */
  readonly even: boolean
  /** Whether the GPU has a mixed-size mode. */
  readonly canMix: boolean
}

/** The fields of a type for placement. */
export interface PlacedType {
  readonly profileSize: number
  readonly maxInstance: number
  /** slices of a MIG-backed type; 0 for a time-sliced one */
  readonly gpuInstanceSize: number
}

/** Taken slots: `size` of them from `id` on. */
export interface Taken {
  readonly id: number
  readonly size: number
}

/** The grid of a board under a profile in the given mode. */
export function gridOf(board: Board, profile: Profile, heterogeneous: boolean): Grid {
  const equal = profile.equalSizePlacement && board.equalSizePlacement ? 'equal-size' : 'none'
  return {
    mode: heterogeneous ? 'mixed-size' : equal,
    region: board.memoryGiB,
    ampere: board.architecture === 'Ampere',
    even: board.architecture === 'Blackwell',
    canMix: board.mixedSize && profile.mixedSize,
  }
}

/** The slot count of a type on a grid. */
export function placementSize(grid: Grid, type: PlacedType): number {
  return slotsOf(placementOf(grid, type))
}

/** All placement ids of a type on this grid, ascending; none for a MIG-backed type. */
export function supportedIds(grid: Grid, type: PlacedType): number[] {
  if (grid.mode === 'none' || type.gpuInstanceSize > 0) return []
  return grid.mode === 'equal-size'
    ? equalSizeIds(placementOf(grid, type))
    : mixedPlacements(grid, type).map(({ id }) => id)
}

/**
 * Whether a vGPU of the type may be on an id. In equal-size mode that is any whole place: the table of an earlier release may have
 * allowed more vGPUs of the type.
 */
export function mayBeOn(grid: Grid, type: PlacedType, id: number): boolean {
  const size = placementSize(grid, type)
  if (grid.mode === 'equal-size' && type.gpuInstanceSize === 0) return id % size === 0 && id + size <= grid.region
  return supportedIds(grid, type).includes(id)
}

/** All placements of a type in mixed-size mode. */
export function mixedPlacements(grid: Grid, type: PlacedType): Placement[] {
  return mixedSizePlacements(placementOf(grid, type))
}

/**
 * The creatable placement ids of a type: the supported ids with only free slots. The resource manager updates its list
 * step by step (it removes ids that a new vGPU overlaps, and restores ids within the free run around a removed vGPU);
 * the result is the same.
 */
export function creatableIds(grid: Grid, type: PlacedType, taken: readonly Taken[]): number[] {
  const size = placementSize(grid, type)
  return supportedIds(grid, type).filter((id) => taken.every((other) => !overlap({ id, size }, other)))
}

export function overlap(a: Taken, b: Taken): boolean {
  return a.id < b.id + b.size && b.id < a.id + a.size
}

function placementOf({ region, ampere, even }: Grid, { profileSize, maxInstance }: PlacedType): PlacementOf {
  return { region, ampere, even, size: Math.ceil(profileSize / GiB), maxInstance }
}
