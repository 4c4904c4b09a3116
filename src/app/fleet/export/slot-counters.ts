import type { GpuRules } from '../../../planner/gpu-rules.ts'
import { cellCounters } from './cell-counters.ts'
import type { SlotCounter } from './slot-counter.ts'

/** The API allows 32 counters in a set, and two sets to a device; one counter is for the VFs. */
const MOST_COUNTERS = 32

/**
 * The slots of a GPU as counters, in up to two sets. Slots that no placement separates share one. Where they are too many for two
 * sets, as on boards of 141 GB, the counters are those of cells.
 */
export function slotCounters(rules: GpuRules): SlotCounter[][] {
  const own = MOST_COUNTERS - 1
  const slots = runsOf(rules)
  const counters = slots.length <= own + MOST_COUNTERS ? slots : cellCounters(rules.slots)
  return counters.length <= own ? [counters] : [counters.slice(0, own), counters.slice(own)]
}

/** Every placement takes such a run of slots as a whole or not at all. */
function runsOf({ types, slots }: GpuRules): SlotCounter[] {
  const bounds = new Set([0, slots])
  for (const { ids, width } of types.values())
    for (const id of ids) {
      bounds.add(id)
      bounds.add(id + width)
    }
  const sorted = [...bounds].sort((a, b) => a - b)
  return sorted.slice(1).map((to, index): SlotCounter => {
    const from = sorted[index] ?? 0
    return {
      name: to - from === 1 ? `slot-${from}` : `slots-${from}-${to - 1}`,
      left: (taken) => ((taken & (1n << BigInt(from))) === 0n ? 1 : 0),
      takes: (id, size) => (from < id + size && id < to ? 1 : 0),
    }
  })
}
