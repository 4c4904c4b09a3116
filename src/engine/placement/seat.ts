import { alignDown, alignUp, KiB } from '../../abi/align.ts'
import type { Placement } from '../../catalog/placement.ts'
import {
  type Grid,
  mixedPlacements,
  overlap,
  type PlacedType,
  placementSize,
  supportedIds,
  type Taken,
} from './grid.ts'
import { SlotCut } from './slot-cut.ts'

/** Resources of a GPU in mixed-size mode. Sizes in bytes. */
export interface Space {
  /** framebuffer below the firmware's, from address 0 */
  readonly usableFb: number
  readonly vmmuSegmentSize: number
  readonly channels: { readonly first: number; readonly count: number }
}

export interface SeatedType extends PlacedType {
  readonly fbLength: number
  readonly gspHeapSize: number
}

/** The addresses and the first channel of one vGPU. */
export interface Seat {
  readonly fb: number
  readonly heap: number
  readonly chid: number
}

const PAGE = 4 * KiB
/** Number of the smallest partitions: the driver halves a GPU four times. */
const SIXTEENTHS = 16

/**
 * The seats of a GPU. In mixed-size mode guest memory, heap and channels follow the placement: a vGPU at the low
 * end of a partition grows upwards from its first slot, a vGPU at the high end downwards from its last. Channels are
 * halved with the partitions, as in the resource manager of the 570 release.
 *
 * A first-fit search would not work for guest memory: it fragments, and a type with free slots might find no contiguous
 * framebuffer. With seats, vGPUs with separate slots have separate memory.
 * @param types every type of the board; they determine the cut of the memory
 */
export function seatsOf(grid: Grid, space: Space, types: readonly SeatedType[]): Seats {
  if (grid.even) return evenSeats(grid, space, types)
  const cut = cutOf(grid, space, types)
  return ({ type, id, fbLength, channels }) => {
    const place = mixedPlacements(grid, type).find((known) => known.id === id)
    if (!place) return null
    const { partitions, index, high } = place
    const ids = { low: (space.channels.count * index) / partitions, size: space.channels.count / partitions }
    return {
      ...memoryOf(cut, grid, space, type, place, fbLength),
      chid: space.channels.first + (high ? Math.floor(ids.low + ids.size) - channels : Math.ceil(ids.low)),
    }
  }
}

/** The seats on a grid with even ids: memory and channels follow the first slot. */
function evenSeats(grid: Grid, { vmmuSegmentSize, channels }: Space, types: readonly SeatedType[]): Seats {
  const guests = types.flatMap((type) =>
    supportedIds(grid, type).map((slot) => ({
      slot,
      size: placementSize(grid, type),
      fbLength: type.fbLength,
      heap: type.gspHeapSize,
    })),
  )
  const cut = new SlotCut(grid.region, vmmuSegmentSize, guests)
  return ({ type, id }) =>
    supportedIds(grid, type).includes(id)
      ? { ...cut.at(id), chid: channels.first + Math.ceil((channels.count * id) / grid.region) }
      : null
}

/**
 * The seat of one vGPU; null when its type has no such id. `fbLength` is the vGPU's guest memory, under ECC less than
 * the type's.
 */
export type Seats = (vgpu: { type: SeatedType; id: number; fbLength: number; channels: number }) => Seat | null

/** The memory divided among the slots. Heaps lie in it beside the guest memory (`beside`), or all above it. */
interface Cut {
  readonly total: number
  readonly beside: boolean
}

function memoryOf(
  { total, beside }: Cut,
  grid: Grid,
  { usableFb, vmmuSegmentSize: segment }: Space,
  type: SeatedType,
  { id, partitions, index, high }: Placement,
  fbLength: number,
): { fb: number; heap: number } {
  const slot = total / grid.region
  const length = alignUp(fbLength, segment)
  const heapSize = alignUp(type.gspHeapSize, PAGE)
  const end = alignDown(Math.floor(slot * (id + placementSize(grid, type))), segment)
  const fb = high ? end - length : alignUp(Math.ceil(slot * id), segment)
  if (beside) return { fb, heap: high ? fb - heapSize : fb + length }
  const part = alignDown(usableFb - total, SIXTEENTHS * PAGE) / partitions
  return { fb, heap: total + part * index + (high ? part - heapSize : 0) }
}

/**
 * The first cut in which seats with separate slots never overlap in memory. Coarser pieces come first, and cuts with
 * the heaps above before cuts with the heaps beside (16 GiB boards need the latter).
 */
function cutOf(grid: Grid, space: Space, types: readonly SeatedType[]): Cut {
  const shared = types.filter((type) => type.gpuInstanceSize === 0)
  const kinds = [
    ...new Map(shared.map((type) => [`${type.profileSize} ${type.fbLength} ${type.gspHeapSize}`, type])).values(),
  ]
  const seats = kinds.flatMap((type) => mixedPlacements(grid, type).map((place) => ({ type, place })))
  const heaps = Math.max(0, ...seats.map(({ type, place }) => type.gspHeapSize * place.partitions))
  const fits = (cut: Cut) => {
    const held = seats.map(({ type, place }) => {
      const { fb, heap } = memoryOf(cut, grid, space, type, place, type.fbLength)
      const memory = [
        { id: fb, size: alignUp(type.fbLength, space.vmmuSegmentSize) },
        { id: heap, size: alignUp(type.gspHeapSize, PAGE) },
      ]
      return { slots: { id: place.id, size: placementSize(grid, type) }, memory }
    })
    return held.every(
      ({ slots, memory }, i) =>
        memory.every(({ id, size }) => id >= 0 && id + size <= space.usableFb) &&
        held.slice(i + 1).every((other) => overlap(slots, other.slots) || !meet(memory, other.memory)),
    )
  }
  const pieces = [16, 8, 4, 2, 1].map((grain) => grain * space.vmmuSegmentSize)
  const cuts = [false, true].flatMap((beside) =>
    pieces.map((piece) => ({ total: alignDown(space.usableFb - (beside ? 0 : heaps), piece), beside })),
  )
  return cuts.find(fits) ?? { total: alignDown(space.usableFb, space.vmmuSegmentSize), beside: true }
}

function meet(some: readonly Taken[], others: readonly Taken[]): boolean {
  return some.some((a) => others.some((b) => overlap(a, b)))
}
