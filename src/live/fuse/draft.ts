import { ERRNO } from '../../errors/errno-numbers.ts'

/** Most bytes of a content that is stored as a whole. */
const LARGEST = 65_536

/** The content of a file that is stored as a whole, while a program writes it. */
export class Draft {
  #bytes: Buffer
  #isPending = false

  constructor(content: Uint8Array) {
    this.#bytes = Buffer.from(content)
  }

  /** Whether something was written that is not whole. */
  get isPending(): boolean {
    return this.#isPending
  }

  /** Takes a write. @returns the content if it is whole with it, an error number, or undefined */
  put(bytes: Uint8Array, offset: number, isWhole: (content: Uint8Array) => boolean): Uint8Array | number | undefined {
    const end = offset + bytes.length
    if (end > LARGEST) return ERRNO.EFBIG
    if (end > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], end)
    this.#bytes.set(bytes, offset)
    this.#isPending = !isWhole(this.#bytes)
    return this.#isPending ? undefined : Uint8Array.from(this.#bytes)
  }
}
