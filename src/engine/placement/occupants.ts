import { overlap, type Taken } from './grid.ts'

/** Slots of a vGPU, with the name of its type. */
export interface Occupant extends Taken {
  readonly name: string
}

/**
 * The vGPU in the way at each placement id: "0 6 under A10-4Q at 0, 12 under A10-6Q at 12". An id with several vGPUs in the
 * way is listed with the first one.
 * @param size slots of the type that does not fit
 */
export function occupants(ids: readonly number[], size: number, taken: readonly Occupant[]): string {
  const under = new Map<Occupant, number[]>()
  const sorted = [...taken].sort((a, b) => a.id - b.id)
  for (const id of ids) {
    const occupant = sorted.find((other) => overlap({ id, size }, other))
    if (occupant) under.set(occupant, [...(under.get(occupant) ?? []), id])
  }
  return [...under].map(([{ id, name }, covered]) => `${covered.join(' ')} under ${name} at ${id}`).join(', ')
}
