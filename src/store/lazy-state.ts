import { FEWEST_WITH_INDEX, isBdf } from './disk/layout.ts'
import { type Change, diff } from './json/diff.ts'
import { copyJson, isObject, isPlain, type Json, type JsonObject, notJson } from './json/json.ts'
import type { MaterializedState } from './materialized-state.ts'
import type { StateTree } from './model.ts'
import { candidateShards } from './name-index.ts'

/**
 * A state handed out to a reader or a verb, who may change it. A GPU is read from its file when it is first used, and each
 * field of it is parsed when that is first used: until then both are accessor properties, afterwards plain values.
 */
export class StateView<S extends StateTree> {
  readonly state: S
  /** the error of a GPU that could not be read, even if the caller caught it */
  failure: { readonly error: unknown } | undefined
  readonly #base: MaterializedState
  readonly #gpus: unknown[] = []
  /** GPUs as they are in the base, by index */
  readonly #copies: readonly (JsonObject | undefined)[]
  readonly #describe: (error: unknown) => unknown
  /** the last complete search; a subset of its names reuses it */
  #searched: { readonly names: readonly string[]; readonly found: readonly number[] } | undefined
  #ended = false

  /**
   * @param describe turns an error of reading a GPU into the one the caller is to see
   * @param earlier the last view of the same base, whose changes were all committed: its copies are used again
   */
  constructor(base: MaterializedState, describe: (error: unknown) => unknown, earlier?: StateView<S>) {
    this.#base = base
    this.#describe = describe
    this.#copies = earlier === undefined ? [] : earlier.#committed()
    for (let index = 0; index < base.shards.length; index++) {
      defineLazy(this.#gpus, index, () => this.#lazyGpu(index))
    }
    this.state = asState<S>(copyJson(base.host), this.#gpus)
  }

  /** Indices of the GPUs that may contain one of the names; no other GPU contains it. The caller may stop early. */
  *candidates(names: readonly string[]): Generator<number> {
    const { gpus } = this.state
    const count = this.#base.shards.length
    if (count < FEWEST_WITH_INDEX || gpus !== this.#gpus || gpus.length !== count) {
      yield* gpus.keys()
      return
    }
    const found = new Set(this.touched())
    yield* found
    const search = this.#search(names)[Symbol.iterator]()
    for (;;) {
      const { done, value: index } = this.#step('gpus', () => search.next())
      if (done) break
      if (found.has(index)) continue
      found.add(index)
      yield index
    }
    this.#searched = { names, found: [...found] }
  }

  #search(names: readonly string[]): Iterable<number> {
    const before = this.#searched
    return before && names.every((name) => before.names.includes(name))
      ? before.found
      : candidateShards(this.#base, names)
  }

  /** Runs a read of the state. The error of a GPU that could not be read is thrown even if `read` caught it. */
  look<R>(read: () => R): R {
    let result: R
    try {
      result = read()
    } catch (error) {
      throw this.failure ? this.failure.error : error
    }
    if (this.failure) throw this.failure.error
    return result
  }

  /** Indices of the GPUs in `state` that were read or set. */
  touched(): number[] {
    const { gpus } = this.state
    return [...gpus.keys()].filter((index) => gpus !== this.#gpus || !isUnread(gpus, index))
  }

  /** The caller's changes. Throws TypeError if the state can no longer be kept. */
  changes(): Change[] {
    const { gpus, ...host } = this.state
    if (!Array.isArray(gpus)) throw new TypeError('state.gpus is not an array')
    const changes = diff(this.#base.host, host)
    const { shards } = this.#base
    let moved = gpus.length !== shards.length
    for (const index of this.touched()) {
      const gpu: unknown = gpus[index]
      if (!isObject(gpu) || !isBdf(gpu.bdf)) {
        throw new TypeError(`state.gpus.${index} has no PCI address of the form 0000:c1:00.0`)
      }
      if (shards[index]?.bdf === gpu.bdf) {
        this.#compareGpu(index, gpu, changes)
      } else {
        moved = true
        changes.push([['gpus', index], copyJson(gpu, ['gpus', index])])
      }
    }
    if (gpus.length < shards.length) changes.push([['gpus', 'length'], gpus.length])
    if (moved) this.#checkAddresses()
    return changes
  }

  /** Ends the use of the view: a GPU that has not been read by now cannot be. */
  end(): void {
    this.#ended = true
  }

  #lazyGpu(index: number): JsonObject {
    const gpu = this.#copies[index] ?? {}
    for (const key of this.#step(`gpus.${index}`, () => this.#base.fieldsOf(index).keys())) {
      if (Object.hasOwn(gpu, key) && !isUnread(gpu, key)) continue
      defineLazy(gpu, key, () => this.#step(`gpus.${index}.${key}`, () => this.#base.copyOf(index, key)))
    }
    return gpu
  }

  /** The copies of this view, whose changes are in the base by now: those that it made, and those that it did not use. */
  #committed(): (JsonObject | undefined)[] {
    const { gpus } = this.state
    if (gpus !== this.#gpus) return []
    return Array.from({ length: gpus.length }, (_, index) => {
      const gpu: unknown = isUnread(gpus, index) ? this.#copies[index] : gpus[index]
      return isObject(gpu) ? gpu : undefined
    })
  }

  #step<T>(place: string, step: () => T): T {
    if (this.#ended) throw new Error(`${place} of a state was first looked at after its transaction had ended`)
    try {
      return step()
    } catch (error) {
      this.failure = { error: this.#describe(error) }
      throw this.failure.error
    }
  }

  #compareGpu(index: number, gpu: object, out: Change[]): void {
    if (!isPlain(gpu)) throw notJson(gpu, ['gpus', index])
    const before = this.#base.fieldsOf(index)
    for (const key of Object.keys(gpu)) {
      if (isUnread(gpu, key) || gpu[key] === undefined) continue
      const path = ['gpus', index, key]
      const old = before.get(key)
      if (old === undefined) out.push([path, copyJson(gpu[key], path)])
      else out.push(...diff(old, gpu[key], path))
    }
    for (const key of before.keys()) {
      const isGone = !Object.hasOwn(gpu, key) || (!isUnread(gpu, key) && gpu[key] === undefined)
      if (isGone) out.push([['gpus', index, key]])
    }
  }

  #checkAddresses(): void {
    const { gpus } = this.state
    const seen = new Set<unknown>()
    for (let index = 0; index < gpus.length; index++) {
      const gpu: unknown = isUnread(gpus, index) ? this.#base.shards[index] : gpus[index]
      const address: unknown = isObject(gpu) ? gpu.bdf : undefined
      if (seen.has(address)) throw new TypeError(`two GPUs of the state have the address ${String(address)}`)
      seen.add(address)
    }
  }
}

/** Defines a property that `read` gives its value on first use, and that is an ordinary one afterwards. */
function defineLazy(object: object, key: string | number, read: () => unknown): void {
  const set = (value: unknown) => {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
    return value
  }
  Object.defineProperty(object, key, { get: () => set(read()), set, enumerable: true, configurable: true })
}

/** Whether a property is still the accessor that `defineLazy` made. */
function isUnread(object: object, key: string | number): boolean {
  return Object.getOwnPropertyDescriptor(object, key)?.get !== undefined
}

/** The form of S is the model's promise; the store itself only reads `gpus` and the keys. */
function asState<S extends StateTree>(host: Json, gpus: unknown[]): S {
  const state: unknown = isObject(host) ? { ...host, gpus } : { gpus }
  return state as S
}
