import { PCI_CFG_SPACE_EXP_SIZE, PCI_EXT_CAP_START } from '../../abi/pci.ts'
import { peekSparse, sparseEnd, toSparse } from '../sparse.ts'
import type { Sparse } from '../state.ts'

/** 4096 bytes of PCI configuration space over a sparse string. `save` stores the writes. */
export class ConfigSpace {
  #sparse: Sparse
  readonly #keep: (sparse: Sparse) => void
  #decoded: DataView | undefined
  /** the decoded bytes are a private copy; before the first write they are shared */
  #own = false
  #touched = false
  /** end of the non-zero bytes in the private copy */
  #end = 0

  constructor(sparse: Sparse, keep: (sparse: Sparse) => void) {
    this.#sparse = sparse
    this.#keep = keep
  }

  /** The last saved sparse string. */
  get sparse(): Sparse {
    return this.#sparse
  }

  /** A copy of all bytes. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.#view.buffer.slice(0))
  }

  /** The bytes, decoded lazily. */
  get #view(): DataView {
    this.#decoded ??= new DataView(peekSparse(this.#sparse, PCI_CFG_SPACE_EXP_SIZE).buffer)
    return this.#decoded
  }

  /** The bytes for a write that ends at `end`. */
  #toWrite(end: number): DataView {
    if (!this.#own) {
      this.#decoded = new DataView(this.#view.buffer.slice(0))
      this.#end = sparseEnd(this.#sparse)
    }
    this.#own = true
    this.#touched = true
    if (end > this.#end) this.#end = end
    return this.#view
  }

  read8(offset: number): number {
    return this.#view.getUint8(offset)
  }
  read16(offset: number): number {
    return this.#view.getUint16(offset, true)
  }
  read32(offset: number): number {
    return this.#view.getUint32(offset, true)
  }
  /** A little-endian read of 1, 2 or 4 bytes. */
  read(offset: number, length: number): number {
    return length === 1 ? this.read8(offset) : length === 2 ? this.read16(offset) : this.read32(offset)
  }

  write8(offset: number, value: number): void {
    if (this.read8(offset) === (value & 0xff)) return
    this.#toWrite(offset + 1).setUint8(offset, value)
  }
  write16(offset: number, value: number): void {
    if (this.read16(offset) === (value & 0xffff)) return
    this.#toWrite(offset + 2).setUint16(offset, value, true)
  }
  write32(offset: number, value: number): void {
    if (this.read32(offset) === value >>> 0) return
    this.#toWrite(offset + 4).setUint32(offset, value, true)
  }
  write(offset: number, length: number, value: number): void {
    if (length === 1) this.write8(offset, value)
    else if (length === 2) this.write16(offset, value)
    else this.write32(offset, value)
  }

  save(): void {
    if (!this.#touched) return
    this.#touched = false
    this.#sparse = toSparse(new Uint8Array(this.#view.buffer, 0, this.#end))
    this.#keep(this.#sparse)
  }

  /** pci_find_ext_capability: offset of an extended capability, or 0. */
  findExtCapability(id: number): number {
    let at = PCI_EXT_CAP_START
    for (let hops = 0; at !== 0 && hops < 64; hops += 1) {
      const header = this.read32(at)
      if ((header & 0xffff) === id) return at
      at = header >>> 20
    }
    return 0
  }
}
