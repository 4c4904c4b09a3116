import { alignUp, KiB } from '../abi/align.ts'
import type { Profile } from '../catalog/profiles.ts'
import type { MigTable } from './mig/table.ts'
import { findAt, findDown, findUp, take } from './nvkm/ranges.ts'
import type { Seat } from './placement/seat.ts'
import type { Pool } from './state.ts'
import type { VgpuType } from './vgpu-mgr/types.ts'
import { channelsByRule } from './vgpu-mgr/vgpu.ts'

const FB_PAGE = 4 * KiB

/** The resources of a GPU for vGPUs. */
export interface Pools {
  chids: Pool
  fb: Pool
  bar1: Pool
}

/** The resources that one started vGPU holds. Sizes in bytes. */
export interface Needs {
  channels: number
  fbSize: number
  heapSize: number
  /** BAR1 */
  mapped: number
}

/**
 * The resources of one vGPU of a type.
 * @param segment VMMU segment size of the GPU, bytes
 * @param fbLength guest framebuffer, bytes: under ECC less than the type's
 * @param table MIG of the board; null without
 */
export function needsOf(
  profile: Profile,
  segment: number,
  type: VgpuType,
  fbLength: number,
  table: MigTable | null,
): Needs {
  const heapSize = alignUp(type.gspHeapSize, FB_PAGE)
  return {
    channels: channelsByRule(profile.channelsPerVgpu, profile.channelsReserved.count, type, table),
    fbSize: alignUp(fbLength, segment),
    heapSize,
    mapped: profile.mapWholeHeap ? heapSize : profile.mappedHeapSize,
  }
}

/**
 * Takes the resources of one vGPU as the manager does.
 * @param seat position in mixed-size mode or on a GPU instance; null where the allocators choose
 * @returns the missing resource, or null
 */
export function takeAll(pools: Pools, needs: Needs, segment: number, seat: Seat | null): string | null {
  const { channels, fbSize, heapSize, mapped } = needs
  const one = (pool: Pool, at: number | null, size: number, missing: string) => {
    if (at === null) return missing
    take(pool, { offset: at, size, owner: 'trial' })
    return null
  }
  const down = (size: number, alignment: number, wanted: number | undefined) =>
    wanted === undefined ? findDown(pools.fb, size, alignment) : findAt(pools.fb, size, wanted, alignment)
  const chid = seat ? findAt(pools.chids, channels, seat.chid) : findUp(pools.chids, channels)
  return (
    one(pools.chids, chid, channels, 'no channels') ??
    one(pools.fb, down(fbSize, segment, seat?.fb), fbSize, 'no framebuffer') ??
    one(pools.fb, down(heapSize, FB_PAGE, seat?.heap), heapSize, 'no framebuffer for the management heap') ??
    one(pools.bar1, findUp(pools.bar1, mapped, FB_PAGE), mapped, 'no BAR1 space')
  )
}
