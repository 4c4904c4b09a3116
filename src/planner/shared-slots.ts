import { mostPerInstance } from '../engine/mig/most-per-instance.ts'
import { instancesFor, type MigNow } from '../engine/mig/now.ts'
import { placementSize, supportedIds } from '../engine/placement/grid.ts'
import { groundInside } from '../engine/placement/ground.ts'
import type { GpuInstanceState } from '../engine/state.ts'
import type { VgpuType } from '../engine/vgpu-mgr/types.ts'

/** More than the slots of a GPU instance. */
const PER_INSTANCE = 128

/** The place of a vGPU that shares its GPU instance. */
export function sharedPlace(gpuInstanceId: number, placementId: number): number {
  return gpuInstanceId * PER_INSTANCE + placementId
}

/** The number of slots that the search counts for a GPU: each instance has its own range of them, as sharedPlace numbers them. */
export function sharedLine(types: Iterable<{ readonly ids: readonly number[] }>): number {
  const last = [...types].flatMap(({ ids }) => ids.at(-1) ?? [])
  return (1 + Math.floor(Math.max(0, ...last) / PER_INSTANCE)) * PER_INSTANCE
}

/** GPU instance and placement id of such a place. */
export function partsOfPlace(place: number): { gpuInstance: number; placementId: number } {
  return { gpuInstance: Math.floor(place / PER_INSTANCE), placementId: place % PER_INSTANCE }
}

/**
 * The places of each type on GPU instances whose vGPUs take turns, as sets of bits: two vGPUs go together if their sets are disjoint. In
 * mixed-size mode a place is its slots. In equal-size mode every two places of types of different size have a bit in common, which no
 * other place has.
 * @returns the sets by place, by type
 */
export function sharedSlots(mig: MigNow, types: readonly VgpuType[]): Map<number, ReadonlyMap<number, bigint>> {
  const sets = new Map<number, Map<number, bigint>>(types.map(({ vgpuType }) => [vgpuType, new Map()]))
  let bits = 0
  for (const instance of mig.instances) {
    const own = types.filter((type) => instancesFor(mig, type, []).includes(instance))
    const places = own.flatMap((type) => placesIn(mig, instance, type))
    bits += instance.heterogeneous ? mixed(places, bits) : equal(places, bits)
    for (const { vgpuType, place, slots } of places) sets.get(vgpuType)?.set(place, slots)
  }
  return sets
}

interface Shared {
  readonly vgpuType: number
  readonly place: number
  readonly id: number
  readonly width: number
  /** Types of one group have the same places, and go together in equal-size mode. */
  readonly group: string
  slots: bigint
}

function placesIn({ table }: MigNow, instance: GpuInstanceState, type: VgpuType): Shared[] {
  if (table === null) return []
  const ground = groundInside(table, type, instance)
  return supportedIds(ground.grid, ground.type).map((id) => ({
    vgpuType: type.vgpuType,
    place: sharedPlace(instance.swizzId, id),
    id,
    width: placementSize(ground.grid, ground.type),
    group: `${type.profileSize} ${mostPerInstance(table, type)}`,
    slots: 0n,
  }))
}

/** @returns the number of bits */
function mixed(places: readonly Shared[], from: number): number {
  for (const one of places) one.slots = ((1n << BigInt(one.width)) - 1n) << BigInt(from + one.id)
  return Math.max(0, ...places.map(({ id, width }) => id + width))
}

/** @returns the number of bits */
function equal(places: readonly Shared[], from: number): number {
  let bits = 0
  const bit = () => {
    bits += 1
    return 1n << BigInt(from + bits - 1)
  }
  const alike = new Map<string, Shared[]>()
  for (const place of places) {
    const key = `${place.group} ${place.id}`
    alike.set(key, [...(alike.get(key) ?? []), place])
  }
  const nodes = [...alike.values()].map((same) => ({ same, group: same[0]?.group, slots: bit() }))
  for (const [nth, one] of nodes.entries()) {
    for (const other of nodes.slice(0, nth)) {
      if (one.group === other.group) continue
      const both = bit()
      one.slots |= both
      other.slots |= both
    }
  }
  for (const { same, slots } of nodes) for (const place of same) place.slots = slots
  return bits
}
