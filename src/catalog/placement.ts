import { prevPow2 } from '../abi/align.ts'

/** Slots where a 1 GiB type of a 48 GiB board cannot start: Ada and later, and Ampere (the driver's own tables). */
const DENIED = [2, 3, 8, 9, 14, 15, 20, 21, 26, 27, 32, 33, 38, 39, 44, 45] as const
const DENIED_AMPERE = [8, 32] as const

/** The driver cuts the region into at most this many partitions. */
const MAX_PARTITIONS = 16

export interface PlacementOf {
  /** slots of the GPU, one a GiB */
  readonly region: number
  /** slots the type takes */
  readonly size: number
  readonly maxInstance: number
  readonly ampere: boolean
  /** ids that divide the region evenly: GB100 and later */
  readonly even: boolean
}

/** A placement id and its position: the low or the high end of partition `index` of `partitions` equal ones. */
export interface Placement {
  readonly id: number
  readonly partitions: number
  readonly index: number
  readonly high: boolean
}

/**
 * All placements of a type in mixed-size mode, by ascending id. The driver halves the region recursively. A partition
 * takes a type at its low end, at its high end or at both; that depends on how many of the type fit the GPU. Reproduces
 * every row of the mixed-size table in NVIDIA's vGPU 17 user guide.
 */
export function mixedSizePlacements(place: PlacementOf): Placement[] {
  const { region, size, maxInstance, ampere } = place
  if (place.even) return evenIds(place).map((id, index) => ({ id, partitions: maxInstance, index, high: false }))
  const half = prevPow2(maxInstance)
  const denied: readonly number[] = region === 48 && size === 1 ? (ampere ? DENIED_AMPERE : DENIED) : []
  const found: Placement[] = []
  const visit = (start: number, end: number, partitions: number, index: number): void => {
    if (partitions > MAX_PARTITIONS) return
    const left = index % 2 === 0
    const both = partitions * 2 === maxInstance
    const one = (half < maxInstance && half === partitions) || (partitions === 1 && maxInstance === 1)
    if (both || (one && left)) found.push({ id: start, partitions, index, high: false })
    if (both || (one && !left)) found.push({ id: end - size, partitions, index, high: true })
    const middle = Math.floor((start + end) / 2)
    visit(start, middle, partitions * 2, index * 2)
    visit(middle, end, partitions * 2, index * 2 + 1)
  }
  visit(0, region, 1, 0)
  return found.filter(({ id }) => !denied.includes(id))
}

/** The placement ids of a type in mixed-size mode. */
export function mixedSizeIds(of: PlacementOf): number[] {
  return mixedSizePlacements(of).map(({ id }) => id)
}

/** Placement ids in equal-size mode: 0, size, 2 size, …, one for each possible instance. */
export function equalSizeIds(place: PlacementOf): number[] {
  const { region, size, maxInstance } = place
  if (place.even) return evenIds(place)
  return Array.from({ length: Math.min(Math.floor(region / size), maxInstance) }, (_, index) => index * size)
}

/** The slots that a type takes: one a GiB; on boards with even ids its share of the region, so that nothing is lost between two. */
export function slotsOf({ region, size, maxInstance, even }: PlacementOf): number {
  return even ? Math.floor(region / maxInstance) : size
}

/** The most of a type, side by side: id j is region * j / most (open kernel modules). */
function evenIds({ region, maxInstance }: PlacementOf): number[] {
  return Array.from({ length: maxInstance }, (_, j) => Math.floor((region * j) / maxInstance))
}
