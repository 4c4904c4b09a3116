/** A profile of GPU instances. Null is unknown. */
export interface MigProfile {
  /** "1g.10gb", "1g.10gb+me". */
  readonly name: string
  readonly id: number
  readonly maxInstances: number
  readonly memoryMiB: number | null
  readonly multiprocessors: number | null
  readonly copyEngines: number
  readonly decoders: number
  readonly encoders: number
  readonly jpeg: number
  readonly ofa: number
  /** Places: where an instance may start, and its size, in memory slices. */
  readonly starts: readonly number[]
  readonly size: number
}
