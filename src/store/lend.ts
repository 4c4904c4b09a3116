import { type Change, diff } from './diff.ts'
import type { Image } from './image.ts'
import { copyJson, isObject, type Json } from './json.ts'
import { isBdf } from './layout.ts'
import type { StateTree } from './state-tree.ts'
import { slotsWith } from './words.ts'

/**
 * A state handed out from an image. Its GPUs are read when they are first looked at: until then the elements of `gpus` are
 * accessor properties, afterwards plain values. What the borrower changes is his own; `changes` says what that was.
 */
export class Loan<S extends StateTree> {
  readonly state: S
  /** what reading a GPU failed with, even if the borrower caught it */
  failure: { readonly error: unknown } | undefined
  readonly #image: Image
  readonly #gpus: unknown[] = []
  readonly #seen = new Set<number>()
  readonly #failed: (error: unknown) => unknown
  #ended = false

  /** `failed` turns what reading a GPU threw into what the borrower is to see. */
  constructor(image: Image, failed: (error: unknown) => unknown) {
    this.#image = image
    this.#failed = failed
    for (let index = 0; index < image.slots.length; index++) {
      Object.defineProperty(this.#gpus, index, {
        get: () => this.#settle(index, this.#read(index)),
        set: (value: unknown) => this.#settle(index, value),
        enumerable: true,
        configurable: true,
      })
    }
    this.state = asState<S>(copyJson(image.host), this.#gpus)
  }

  /** Indices of the GPUs in which one of the words may name something: no other has to be looked at to find it. */
  mayHave(words: readonly string[]): readonly number[] {
    const { gpus } = this.state
    if (gpus !== this.#gpus || gpus.length !== this.#image.slots.length) return [...gpus.keys()]
    return [...new Set([...slotsWith(this.#image, words), ...this.#seen])].sort((a, b) => a - b)
  }

  /** Indices of the GPUs in `state` that were looked at or set. */
  touched(): number[] {
    const { gpus } = this.state
    const indices = [...gpus.keys()]
    if (gpus !== this.#gpus) return indices
    if (this.#wasCut()) return indices.filter((index) => !this.#isDeferred(index))
    const fresh = indices.slice(this.#image.slots.length)
    return [...[...this.#seen].filter((index) => index < gpus.length).sort((a, b) => a - b), ...fresh]
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
      const address: unknown = isObject(gpu) ? gpu.bdf : undefined
      if (!isBdf(address)) throw new TypeError(`state.gpus.${index} has no PCI address of the form 0000:c1:00.0`)
      if (slots[index]?.bdf === address) {
        changes.push(...diff(this.#image.baseOf(index), gpu, ['gpus', index]))
      } else {
        moved = true
        changes.push([['gpus', index], copyJson(gpu, ['gpus', index])])
      }
    }
    if (gpus.length < slots.length) changes.push([['gpus', 'length'], gpus.length])
    if (moved) this.#checkAddresses()
    return changes
  }

  /** After this the GPUs that were not read cannot be: the image goes on without the loan. */
  end(): void {
    this.#ended = true
  }

  #settle(index: number, value: unknown): unknown {
    this.#seen.add(index)
    Object.defineProperty(this.#gpus, index, { value, writable: true, enumerable: true, configurable: true })
    return value
  }

  #read(index: number): Json {
    if (this.#ended) throw new Error(`gpus.${index} of a state was first looked at after its transaction had ended`)
    try {
      return this.#image.copyOf(index)
    } catch (error) {
      this.failure = { error: this.#failed(error) }
      throw this.failure.error
    }
  }

  /** Cutting the array drops its last elements: then the last GPU nobody looked at is not deferred any more. */
  #wasCut(): boolean {
    let last = this.#image.slots.length - 1
    while (this.#seen.has(last)) last--
    return last >= 0 && !this.#isDeferred(last)
  }

  #isDeferred(index: number): boolean {
    return Object.getOwnPropertyDescriptor(this.#gpus, index)?.get !== undefined
  }

  #checkAddresses(): void {
    const { gpus } = this.state
    const seen = new Set<unknown>()
    for (let index = 0; index < gpus.length; index++) {
      const deferred = gpus === this.#gpus && this.#isDeferred(index)
      const gpu: unknown = deferred ? this.#image.slots[index] : gpus[index]
      const address: unknown = isObject(gpu) ? gpu.bdf : undefined
      if (seen.has(address)) throw new TypeError(`two GPUs of the state have the address ${String(address)}`)
      seen.add(address)
    }
  }
}

/** The form of S is the model's promise; the store itself only ever looks at `gpus` and at keys. */
function asState<S extends StateTree>(host: Json, gpus: unknown[]): S {
  const state: unknown = isObject(host) ? { ...host, gpus } : { gpus }
  return state as S
}
