import { alignUp, prevPow2 } from '../../abi/align.ts'
import { type InstanceType, mostPerInstance } from '../mig/most-per-instance.ts'
import type { InstanceProfile, MigTable } from '../mig/table.ts'
import { placementSize, supportedIds } from './grid.ts'
import { groundInside } from './ground.ts'
import type { Seat, SeatedType, Space } from './seat.ts'
import { SlotCut } from './slot-cut.ts'

/** The seat of a vGPU on a GPU instance, which is the instance's share of the GPU. */
export interface InstanceSeat extends Seat {
  readonly channels: number
}

export interface InstanceSeatedType extends SeatedType {
  readonly gpuInstanceProfileId: number
}

/** Channels of a vGPU on a GPU instance: those of the instance's slots, divided by the most of its type, as a power of two. */
export function instanceChannels(table: MigTable, count: number, type: InstanceType): number {
  const { size } = profileOf(table, type)
  const most = table.canTimeSlice ? mostPerInstance(table, type) : 1
  return prevPow2(Math.floor((count * size) / table.grid / Math.max(1, most)))
}

/**
 * The seat of a vGPU on the instance of a profile at a start. Guest memory follows the slots, so guests on instances side by side
 * never meet, whichever they are. A heap lies behind its guest where no guest of the next slot begins; else above all slots, in a place
 * of the slot's own. A profile that a GPU has once may begin where the guests before it end. The division is ours.
 * @param types the MIG-backed types of the GPU
 */
export function instanceSeat(
  table: MigTable,
  space: Space,
  types: readonly InstanceSeatedType[],
  type: InstanceSeatedType,
  { start, placementId }: { start: number; placementId: number | null },
): InstanceSeat {
  const { first, count } = space.channels
  if (table.canTimeSlice) return seatInside(table, space, types, type, { start, id: placementId ?? 0 })
  return {
    ...new Cut(table, space, types).memory({ type, profile: profileOf(table, type), start }),
    chid: first + Math.ceil((count * start) / table.grid),
    channels: instanceChannels(table, count, type),
  }
}

/** The seat where vGPUs take turns on an instance: its slots count from the start of the GPU's memory, one a GiB. */
function seatInside(
  table: MigTable,
  space: Space,
  types: readonly InstanceSeatedType[],
  type: InstanceSeatedType,
  { start, id }: { start: number; id: number },
): InstanceSeat {
  const { first, count } = space.channels
  const unit = table.memoryGiB / table.grid
  const guests = types.flatMap((other) => {
    const { starts, size: slots } = profileOf(table, other)
    const ground = groundInside(table, other, { size: slots, heterogeneous: true })
    return starts.flatMap((at) =>
      supportedIds(ground.grid, ground.type).map((inside) => ({
        slot: at * unit + inside,
        size: placementSize(ground.grid, ground.type),
        fbLength: other.fbLength,
        heap: other.gspHeapSize,
      })),
    )
  })
  const slot = start * unit + id
  return {
    ...new SlotCut(table.memoryGiB, space.vmmuSegmentSize, guests).at(slot),
    chid: first + Math.ceil((count * slot) / table.memoryGiB),
    channels: instanceChannels(table, count, type),
  }
}

/** A type on the instance of its profile at a start. */
interface Guest {
  readonly type: InstanceSeatedType
  readonly profile: InstanceProfile
  readonly start: number
}

/** The memory of a GPU divided among the slots of its grid. */
class Cut {
  readonly #guests: readonly Guest[]
  readonly #segment: number
  readonly #grid: number
  /** Latest address of a guest at each slot. */
  readonly #latest: number[]
  readonly #earliest = new Map<string, number>()

  constructor(table: MigTable, { vmmuSegmentSize }: Space, types: readonly InstanceSeatedType[]) {
    this.#segment = vmmuSegmentSize
    this.#grid = table.grid
    this.#guests = types.flatMap((type) => {
      const profile = profileOf(table, type)
      return profile.starts.map((start) => ({ type, profile, start }))
    })
    this.#latest = this.#latestOf(this.#total())
  }

  memory(guest: Guest): { fb: number; heap: number } {
    const fb = this.#fb(guest)
    const behind = fb + this.#length(guest)
    const { gspHeapSize } = guest.type
    const end = guest.start + guest.profile.size
    const next = this.#guests.filter(({ start }) => start === end).map((other) => this.#fb(other))
    const limit = isOnce(guest) ? this.#at(end) : Math.min(this.#at(end), ...next)
    if (behind + gspHeapSize <= limit) return { fb, heap: behind }
    return { fb, heap: this.#at(this.#grid) + this.#heapsBelow(isOnce(guest) ? this.#grid : guest.start) }
  }

  /** The least that holds any guests side by side. */
  #total(): number {
    const below = [0]
    for (let slot = 1; slot <= this.#grid; slot += 1)
      below[slot] = Math.max(
        below[slot - 1] ?? 0,
        ...this.#endingAt(slot).map((guest) => (below[guest.start] ?? 0) + this.#length(guest)),
      )
    return below[this.#grid] ?? 0
  }

  #latestOf(total: number): number[] {
    const latest = new Array<number>(this.#grid + 1).fill(total)
    for (let slot = this.#grid - 1; slot >= 0; slot -= 1)
      latest[slot] = Math.min(
        latest[slot + 1] ?? total,
        ...this.#guests
          .filter(({ start }) => start === slot)
          .map((guest) => (latest[slot + guest.profile.size] ?? total) - this.#length(guest)),
      )
    return latest
  }

  #at(slot: number): number {
    return this.#latest[slot] ?? 0
  }

  /** Address of a guest: as late as possible; that of a profile a GPU has once, early enough for its heap. */
  #fb(guest: Guest): number {
    const early = this.#early(guest)
    return early ?? this.#at(guest.start)
  }

  /** Where a guest begins that has its heap behind it up to the next slot; null if that is no place, or its profile may repeat. */
  #early(guest: Guest): number | null {
    if (!isOnce(guest)) return null
    const fb = this.#earliestAt(guest.start, guest.profile)
    const fits = fb + this.#length(guest) + guest.type.gspHeapSize <= this.#at(guest.start + guest.profile.size)
    return fits ? fb : null
  }

  /** The end of all guests that may end at a slot, beside a profile that is there already. */
  #earliestAt(slot: number, beside: InstanceProfile): number {
    const key = `${slot} ${beside.id}`
    const known = this.#earliest.get(key)
    if (known !== undefined) return known
    const ends = this.#endingAt(slot)
      .filter(({ profile }) => profile.id !== beside.id)
      .map((guest) => {
        const early = this.#early(guest)
        const heap = early === null ? 0 : guest.type.gspHeapSize
        return alignUp((early ?? this.#at(guest.start)) + this.#length(guest) + heap, this.#segment)
      })
    const earliest = slot === 0 ? 0 : Math.max(this.#earliestAt(slot - 1, beside), ...ends)
    this.#earliest.set(key, earliest)
    return earliest
  }

  /** Bytes of the heaps above all slots that belong below a slot; those of profiles a GPU has once come behind them. */
  #heapsBelow(slot: number): number {
    const heaps = [0]
    for (let at = 1; at <= slot; at += 1)
      heaps[at] = Math.max(
        heaps[at - 1] ?? 0,
        ...this.#endingAt(at)
          .filter((guest) => !isOnce(guest))
          .map(({ type, start }) => (heaps[start] ?? 0) + type.gspHeapSize),
      )
    return heaps[slot] ?? 0
  }

  #endingAt(slot: number): Guest[] {
    return this.#guests.filter(({ start, profile }) => start + profile.size === slot)
  }

  #length({ type }: Guest): number {
    return alignUp(type.fbLength, this.#segment)
  }
}

function isOnce({ profile }: Guest): boolean {
  return profile.maxInstances === 1
}

function profileOf(
  { profiles }: MigTable,
  { gpuInstanceProfileId }: Pick<InstanceType, 'gpuInstanceProfileId'>,
): InstanceProfile {
  const found = profiles.find(({ id }) => id === gpuInstanceProfileId)
  if (found === undefined) throw new Error(`the board has no profile ${gpuInstanceProfileId} of GPU instances`)
  return found
}
