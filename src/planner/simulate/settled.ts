import { type GpuStates, type Space, slotsOf } from '../gpu-states.ts'

/**
 * The state that stands for a state of a GPU that no vGPU leaves: slots that none of the types can have count as taken,
 * and VFs beyond the free slots do not count. What fits, now and later, is the same.
 */
export function settledBy(states: GpuStates, types: readonly number[]): (state: number) => number {
  const known = new Map<number, number>()
  return (state) => {
    const result = known.get(state) ?? settle(states, types, state)
    known.set(state, result)
    return result
  }
}

function settle(states: GpuStates, types: readonly number[], state: number): number {
  const space = states.space(state)
  if (space.rules.mode === 'equal-size') return state
  const open = openSlots(states, types, state, space)
  const all = (1n << BigInt(space.rules.slots)) - 1n
  return states.id({ ...space, taken: all & ~open, freeVfs: Math.min(space.freeVfs, bits(open)) })
}

/** Slots that a vGPU of one of the types can have. */
function openSlots(states: GpuStates, types: readonly number[], state: number, { rules }: Space): bigint {
  let open = 0n
  for (const vgpuType of types) {
    const type = rules.types.get(vgpuType)
    if (type) for (const place of states.places(state, vgpuType)) open |= slotsOf(type, place)
  }
  return open
}

function bits(slots: bigint): number {
  return slots.toString(2).replaceAll('0', '').length
}
