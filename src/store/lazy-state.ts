import { FEWEST_WITH_INDEX, isBdf } from './disk/layout.ts'
import { type Change, diff } from './json/diff.ts'
import { copyJson, isObject, isPlain, type Json, type JsonObject, notJson } from './json/json.ts'
import { LazyArray } from './late-array.ts'
import type { MaterializedState } from './materialized-state.ts'
import type { StateTree } from './model.ts'
import { candidateShards } from './name-index.ts'

/**
 * A state handed out from an image. Its GPUs are read when they are first looked at: `gpus` stands in for the array until
 * that has happened to all of them. Of each GPU the members are parsed when they are first looked at: until then they are
 * accessor properties, afterwards plain values. What the borrower changes is his own; `changes` says what that was.
 */
export class StateView<S extends StateTree> {
  readonly state: S
  /** what reading a GPU failed with, even if the borrower caught it */
  failure: { readonly error: unknown } | undefined
  readonly #image: MaterializedState
  readonly #gpus: LazyArray
  readonly #failed: (error: unknown) => unknown
  /** the last search that came to its end */
  #searched: { readonly words: readonly string[]; readonly found: readonly number[] } | undefined
  #ended = false

  /** `failed` turns what reading a GPU threw into what the borrower is to see. */
  constructor(image: MaterializedState, failed: (error: unknown) => unknown) {
    this.#image = image
    this.#failed = failed
    this.#gpus = new LazyArray(
      image.slots.length,
      (index) => this.#read(index),
      () => this.#settle(),
    )
    this.state = asState<S>(copyJson(image.host), this.#gpus.array)
  }

  /**
   * Indices of the GPUs in which one of the words may name something: no other has to be looked at to find it. Whoever has
   * found it need not ask for more.
   */
  *candidates(words: readonly string[]): Generator<number> {
    const { gpus } = this.state
    const count = this.#image.slots.length
    if (count < FEWEST_WITH_INDEX || !this.#isOurs(gpus) || gpus.length !== count) {
      yield* gpus.keys()
      return
    }
    const found = new Set(this.#gpus.known())
    yield* found
    const sought = this.#sought(words)[Symbol.iterator]()
    for (;;) {
      const { done, value: index } = this.#step('gpus', () => sought.next())
      if (done) break
      if (found.has(index)) continue
      found.add(index)
      yield index
    }
    this.#searched = { words, found: [...found] }
  }

  /** What was found for more words, to the last one, is not looked for again. */
  #sought(words: readonly string[]): Iterable<number> {
    const before = this.#searched
    return before && words.every((word) => before.words.includes(word))
      ? before.found
      : candidateShards(this.#image, words)
  }

  /** Runs a look at the state. What reading a GPU failed with is thrown even if `look` caught it, or tripped over it. */
  look<R>(look: () => R): R {
    let seen: R
    try {
      seen = look()
    } catch (error) {
      throw this.failure ? this.failure.error : error
    }
    if (this.failure) throw this.failure.error
    return seen
  }

  /** Indices of the GPUs in `state` that were looked at or set. */
  touched(): number[] {
    const { gpus } = this.state
    if (!this.#isOurs(gpus)) return [...gpus.keys()]
    return this.#gpus.known()
  }

  /** What the borrower changed. Throws TypeError if the state is no longer one that can be kept. */
  changes(): Change[] {
    const { gpus, ...host } = this.state
    if (!Array.isArray(gpus)) throw new TypeError('state.gpus is not an array')
    const changes = diff(this.#image.host, host)
    const { slots } = this.#image
    let moved = gpus.length !== slots.length
    for (const index of this.touched()) {
      const gpu: unknown = gpus[index]
      if (!isObject(gpu) || !isBdf(gpu.bdf)) {
        throw new TypeError(`state.gpus.${index} has no PCI address of the form 0000:c1:00.0`)
      }
      if (slots.get(index)?.bdf === gpu.bdf) {
        this.#compareGpu(index, gpu, changes)
      } else {
        moved = true
        changes.push([['gpus', index], copyJson(gpu, ['gpus', index])])
      }
    }
    if (gpus.length < slots.length) changes.push([['gpus', 'length'], gpus.length])
    if (moved) this.#checkAddresses()
    return changes
  }

  /** After this the GPUs that were not read cannot be: the image goes on without the view. */
  end(): void {
    this.#ended = true
  }

  #isOurs(gpus: unknown): boolean {
    return gpus === this.#gpus.array || gpus === this.#gpus.made
  }

  /** All were looked at: an ordinary array is faster. */
  #settle(): void {
    if (this.state.gpus === this.#gpus.array) Object.assign(this.state, { gpus: this.#gpus.made })
  }

  /** A GPU whose members nobody has looked at. */
  #read(index: number): JsonObject {
    const gpu: JsonObject = {}
    for (const key of this.#step(`gpus.${index}`, () => this.#image.fieldsOf(index).keys())) {
      Object.defineProperty(gpu, key, {
        get: () =>
          define(
            gpu,
            key,
            this.#step(`gpus.${index}.${key}`, () => this.#image.copyOf(index, key)),
          ),
        set: (value: unknown) => define(gpu, key, value),
        enumerable: true,
        configurable: true,
      })
    }
    return gpu
  }

  #step<T>(place: string, step: () => T): T {
    if (this.#ended) throw new Error(`${place} of a state was first looked at after its transaction had ended`)
    try {
      return step()
    } catch (error) {
      this.failure = { error: this.#failed(error) }
      throw this.failure.error
    }
  }

  /** A member nobody looked at is as it was. */
  #compareGpu(index: number, gpu: object, out: Change[]): void {
    if (!isPlain(gpu)) throw notJson(gpu, ['gpus', index])
    const members = this.#image.fieldsOf(index)
    for (const [key, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(gpu))) {
      if (get !== undefined || value === undefined) continue
      const path = ['gpus', index, key]
      const before = members.base(key)
      if (before === undefined) out.push([path, copyJson(value, path)])
      else out.push(...diff(before, value, path))
    }
    for (const key of members.keys()) {
      const now = Object.getOwnPropertyDescriptor(gpu, key)
      if (now === undefined || (now.get === undefined && now.value === undefined)) out.push([['gpus', index, key]])
    }
  }

  #checkAddresses(): void {
    const { gpus } = this.state
    const seen = new Set<unknown>()
    for (let index = 0; index < gpus.length; index++) {
      const isLate = this.#isOurs(gpus) && this.#gpus.isLate(index)
      const gpu: unknown = isLate ? this.#image.slots.get(index) : gpus[index]
      const address: unknown = isObject(gpu) ? gpu.bdf : undefined
      if (seen.has(address)) throw new TypeError(`two GPUs of the state have the address ${String(address)}`)
      seen.add(address)
    }
  }
}

function define<T>(of: object, key: string | number, value: T): T {
  Object.defineProperty(of, key, { value, writable: true, enumerable: true, configurable: true })
  return value
}

/** The form of S is the model's promise; the store itself only ever looks at `gpus` and at keys. */
function asState<S extends StateTree>(host: Json, gpus: unknown[]): S {
  const state: unknown = isObject(host) ? { ...host, gpus } : { gpus }
  return state as S
}
