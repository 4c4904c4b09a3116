import type { ShardFields } from './checkpoint/shard-fields.ts'
import type { Change } from './json/diff.ts'
import type { Json } from './json/json.ts'

/** One GPU of the image. Its shard is only read when somebody asks. */
export interface Shard {
  bdf: string
  /** epoch in the name of its shard file; 0 if its value came with the log and no file has it yet */
  epoch: number
  /** the tree, private to the image; undefined as long as its shard is not read */
  members: ShardFields | undefined
  /** changes from the log that wait for that */
  pending: Change[] | undefined
  /** whether the log changed it, so that the next checkpoint has to write it */
  changed: boolean
}

/** The GPUs of an image, in their order. Of a large host a command looks at few: a slot is made when it is asked for. */
export class ShardList {
  readonly #made = new Map<number, Shard>()
  /** address and epoch of each, one behind the other, as the snapshot has them; not looked at */
  readonly #written: readonly Json[]
  #length: number

  constructor(written: readonly Json[] = []) {
    this.#written = written
    this.#length = Math.ceil(written.length / 2)
  }

  static of(slots: readonly Shard[]): ShardList {
    const made = new ShardList()
    for (const [index, slot] of slots.entries()) made.set(index, slot)
    return made
  }

  get length(): number {
    return this.#length
  }

  /** Undefined from `length` on. Whether address and epoch can name a file is found out when it is read. */
  get(index: number): Shard | undefined {
    const known = this.#made.get(index)
    if (known !== undefined || index >= this.#length) return known
    const bdf = this.#written[2 * index]
    const epoch = this.#written[2 * index + 1]
    const slot = {
      bdf: typeof bdf === 'string' ? bdf : '',
      epoch: typeof epoch === 'number' ? epoch : 0,
      members: undefined,
      pending: undefined,
      changed: false,
    }
    this.#made.set(index, slot)
    return slot
  }

  /** The epoch in the name of a slot's shard file, for which none has to be made. */
  epochOf(index: number): number {
    const epoch = this.#made.get(index)?.epoch ?? this.#written[2 * index + 1]
    return typeof epoch === 'number' ? epoch : 0
  }

  /** Puts a slot at an index up to `length`. */
  set(index: number, slot: Shard): void {
    this.#made.set(index, slot)
    this.#length = Math.max(this.#length, index + 1)
  }

  /** Drops the slots from `length` on; the list does not give them back when it grows again. */
  cut(length: number): ShardList {
    return ShardList.of([...this].slice(0, length))
  }

  /** Indices of those that the log changed, ascending. */
  changed(): number[] {
    const indices: number[] = []
    for (const [index, slot] of this.#made) if (slot.changed) indices.push(index)
    return indices.sort((a, b) => a - b)
  }

  *[Symbol.iterator](): Generator<Shard> {
    for (let index = 0; index < this.#length; index++) {
      const slot = this.get(index)
      if (slot !== undefined) yield slot
    }
  }
}
