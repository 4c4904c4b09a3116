import type { GpuRules, PlannedType } from './gpu-rules.ts'

/** The place of a vGPU: its first slot in mixed-size mode, its GPU instance with MIG, ANY in equal-size mode, where a GPU only counts its vGPUs. */
export type Place = number
export const ANY: Place = -1

/** The part of a GPU's state that decides what fits next. */
export interface Space {
  readonly rules: GpuRules
  readonly freeVfs: number
  /** Equal-size mode: group and number of the vGPUs. The group is null on an empty GPU. */
  readonly group: string | null
  readonly count: number
  /** Mixed-size mode: taken slots, bit k for slot k. MIG: GPU instances in use, by id. */
  readonly taken: bigint
}

/**
 * All distinct states of GPUs, numbered from 0 as they occur. A host or a fleet is an array of such numbers, so equal GPUs
 * cost nothing twice: every answer is worked out once for each state and type.
 */
export class GpuStates {
  readonly #spaces: Space[] = []
  readonly #ids = new Map<string, number>()
  readonly #ruleIds = new Map<GpuRules, number>()
  readonly #places: (Map<number, readonly Place[]> | undefined)[] = []
  readonly #next: (Map<number, number> | undefined)[] = []
  readonly #before: (Map<number, number> | undefined)[] = []

  /** Number of states so far. */
  get size(): number {
    return this.#spaces.length
  }

  /** An empty GPU. @param vfs enabled VFs that can carry a vGPU */
  empty(rules: GpuRules, vfs: number): number {
    return this.id({ rules, freeVfs: vfs, group: null, count: 0, taken: 0n })
  }

  /** The number of a state. */
  id(space: Space): number {
    const { rules, freeVfs, group, count, taken } = space
    const ruleId = this.#ruleIds.get(rules) ?? this.#ruleIds.size
    this.#ruleIds.set(rules, ruleId)
    const key = `${ruleId} ${freeVfs} ${group} ${count} ${taken.toString(36)}`
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.#spaces.length
    this.#ids.set(key, id)
    this.#spaces.push(space)
    this.#places.push(undefined)
    this.#next.push(undefined)
    this.#before.push(undefined)
    return id
  }

  /** @throws RangeError for a number that no state has */
  space(state: number): Space {
    const space = this.#spaces[state]
    if (!space) throw new RangeError(`there is no state ${state}`)
    return space
  }

  /** Where the next vGPU of a type can go, ascending; empty where the host would refuse it. */
  places(state: number, vgpuType: number): readonly Place[] {
    const known = this.#places[state]?.get(vgpuType)
    if (known) return known
    const places = this.placesOnce(state, vgpuType)
    kept(this.#places, state).set(vgpuType, places)
    return places
  }

  /** The same for a state that is asked about once: nothing is kept. */
  placesOnce(state: number, vgpuType: number): readonly Place[] {
    const space = this.space(state)
    const type = space.rules.types.get(vgpuType)
    return type && !type.refused && space.freeVfs > 0 ? placesIn(space, type) : []
  }

  /** How many more vGPUs of a type fit, one after the other: `creatable` of `nvgpu capacity`. */
  room(state: number, vgpuType: number): number {
    const { rules, freeVfs, count } = this.space(state)
    const [first] = this.places(state, vgpuType)
    if (first === undefined) return 0
    if (rules.mode !== 'equal-size') return 1 + this.room(this.add(state, vgpuType, first), vgpuType)
    return Math.min(freeVfs, (rules.types.get(vgpuType)?.most ?? 0) - count)
  }

  /** The state with one vGPU more. @param place one of `places` */
  add(state: number, vgpuType: number, place: Place): number {
    return this.#changed(this.#next, state, vgpuType, place, (space, type) => ({
      ...space,
      freeVfs: space.freeVfs - 1,
      ...(place === ANY
        ? { group: type.group, count: space.count + 1 }
        : { taken: space.taken | slotsOf(type, place) }),
    }))
  }

  /** The state with one vGPU less; its VF is free again. @param place where the vGPU is */
  remove(state: number, vgpuType: number, place: Place): number {
    return this.#changed(this.#before, state, vgpuType, place, (space, type) => ({
      ...space,
      freeVfs: space.freeVfs + 1,
      ...(place === ANY
        ? { group: space.count === 1 ? null : space.group, count: space.count - 1 }
        : { taken: space.taken & ~slotsOf(type, place) }),
    }))
  }

  #changed(
    memo: (Map<number, number> | undefined)[],
    state: number,
    vgpuType: number,
    place: Place,
    change: (space: Space, type: PlannedType) => Space,
  ): number {
    const key = vgpuType * PLACES + place
    const known = memo[state]?.get(key)
    if (known !== undefined) return known
    const space = this.space(state)
    const type = space.rules.types.get(vgpuType)
    if (!type) throw new RangeError(`type ${vgpuType} does not go on ${space.rules.key}`)
    const changed = this.id(change(space, type))
    kept(memo, state).set(key, changed)
    return changed
  }
}

/** What is kept of a state; made when there is something to keep, since most states of a long run are looked at once. */
function kept<T>(memo: (Map<number, T> | undefined)[], state: number): Map<number, T> {
  const known = memo[state] ?? new Map<number, T>()
  memo[state] = known
  return known
}

/** More than the slots of any GPU. */
const PLACES = 1024

/** Places by slots, groups and counts alone. */
function placesIn({ rules, group, count, taken }: Space, type: PlannedType): readonly Place[] {
  if (rules.mode !== 'equal-size') return type.ids.filter((id) => (taken & slotsOf(type, id)) === 0n)
  return count < type.most && (group === null || group === type.group) ? [ANY] : []
}

/** The slots that a vGPU of a type takes from `id` on. */
export function slotsOf({ width, sets }: Pick<PlannedType, 'width' | 'sets'>, id: number): bigint {
  if (sets !== null) return sets.get(id) ?? 0n
  const key = width * PLACES + id
  const known = SLOTS.get(key)
  if (known !== undefined) return known
  const slots = ((1n << BigInt(width)) - 1n) << BigInt(id)
  SLOTS.set(key, slots)
  return slots
}

const SLOTS = new Map<number, bigint>()
