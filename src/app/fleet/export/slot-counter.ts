/** A counter of a GPU in mixed-size mode. */
export interface SlotCounter {
  readonly name: string
  /** What is left of it, from the taken slots: bit k for slot k. */
  left(taken: bigint): number
  /** What a vGPU from slot `id` on takes of it. */
  takes(id: number, size: number): number
}
