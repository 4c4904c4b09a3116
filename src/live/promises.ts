/** Words of the shared memory in front of the ring. */
const GENERATION = 0
const WRITTEN = 1
const TAKEN = 2
const WORDS = 3
const HEADER_BYTES = 16
/** A record: deadline (f64), inode of the directory (f64), length of the name (u32), the name. */
const RECORD_BYTES = 20

/** A name whose answer the kernel may keep until a deadline. */
export interface Promised {
  readonly parent: number
  readonly name: string
}

/**
 * The names that the kernel caches, in memory shared by two threads. One thread answers requests, the other invalidates
 * cached names when the state changes. The answering thread reads the generation, answers from the newest state, notes the
 * name, and reads the generation again: if it has changed, the kernel must not cache the answer. The invalidating thread
 * raises the generation before it takes the names, so that it misses no name of an older state.
 */
export class Promises {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #ring: Buffer

  constructor(memory = new SharedArrayBuffer(HEADER_BYTES + (1 << 20))) {
    this.memory = memory
    this.#words = new Int32Array(memory, 0, WORDS)
    this.#ring = Buffer.from(memory, HEADER_BYTES)
  }

  get generation(): number {
    return Atomics.load(this.#words, GENERATION)
  }

  /** Whether more than half of the ring is in use: the other thread should drop the expired promises. */
  get crowded(): boolean {
    return this.#used() > this.#ring.length / 2
  }

  /** Notes a promise; false if there is no room for it. */
  note(parent: number, name: string, deadline: number): boolean {
    const bytes = Buffer.from(name)
    const size = RECORD_BYTES + bytes.length
    if (size > this.#ring.length - this.#used()) return false
    const record = Buffer.alloc(size)
    record.writeDoubleLE(deadline, 0)
    record.writeDoubleLE(parent, 8)
    record.writeUInt32LE(bytes.length, 16)
    bytes.copy(record, RECORD_BYTES)
    const at = Atomics.load(this.#words, WRITTEN)
    this.#copyIn(record, at)
    Atomics.store(this.#words, WRITTEN, (at + size) | 0)
    return true
  }

  /** Raises the generation and takes all promises that have not expired. */
  takeAll(now: number): Promised[] {
    Atomics.add(this.#words, GENERATION, 1)
    return this.#take(() => true, now)
  }

  /** Forgets the promises that have expired. */
  trim(now: number): void {
    this.#take((deadline) => deadline < now, now)
  }

  #take(mayTake: (deadline: number) => boolean, now: number): Promised[] {
    const taken: Promised[] = []
    while (this.#used() > 0) {
      const at = Atomics.load(this.#words, TAKEN)
      const head = this.#copyOut(at, RECORD_BYTES)
      const deadline = head.readDoubleLE(0)
      if (!mayTake(deadline)) break
      const length = head.readUInt32LE(16)
      if (deadline >= now) {
        taken.push({ parent: head.readDoubleLE(8), name: this.#copyOut(at + RECORD_BYTES, length).toString() })
      }
      Atomics.store(this.#words, TAKEN, (at + RECORD_BYTES + length) | 0)
    }
    return taken
  }

  /** Both counters wrap at 2^32, of which the ring's length is a divisor. */
  #used(): number {
    return (Atomics.load(this.#words, WRITTEN) - Atomics.load(this.#words, TAKEN)) >>> 0
  }

  #copyIn(bytes: Buffer, at: number): void {
    const start = (at >>> 0) % this.#ring.length
    const fitting = Math.min(bytes.length, this.#ring.length - start)
    bytes.copy(this.#ring, start, 0, fitting)
    bytes.copy(this.#ring, 0, fitting)
  }

  #copyOut(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length)
    const start = (at >>> 0) % this.#ring.length
    const fitting = Math.min(length, this.#ring.length - start)
    this.#ring.copy(bytes, 0, start, start + fitting)
    this.#ring.copy(bytes, fitting, 0, length - fitting)
    return bytes
  }
}
