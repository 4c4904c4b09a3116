import type { AnyStruct } from '../abi/layout.ts'
import type { SmiGpuView, SmiVgpuView } from '../engine/smi/view.ts'
import { NvmlError } from './error.ts'
import type { Facts } from './facts.ts'
import { indexOfHandle } from './handles.ts'
import type { Export } from './library/exports.ts'
import { versionWord } from './structs.ts'

/** Memory of the caller that a function needs first. The call runs again when it has come. */
export class Wanted extends Error {
  readonly address: bigint
  readonly size: number

  constructor(address: bigint, size: number) {
    super('memory of the caller')
    this.address = address
    this.size = size
  }
}

export interface Poke {
  readonly address: bigint
  readonly bytes: Uint8Array
}

const PAGE = 4096n
/** A string is read in pieces that do not cross a page. */
const PIECE = 96
const MOST_TEXT = 512
/** Most bytes that one call reads. */
const MOST_READ = 65_536

/** One call: its arguments, the memory behind them, and what it writes. */
export class Call {
  readonly fn: Export
  readonly facts: Facts
  readonly pokes: Poke[] = []
  readonly #request: Buffer
  readonly #inline: Buffer
  readonly #read: { readonly address: bigint; readonly bytes: Buffer }[] = []

  constructor(fn: Export, facts: Facts, request: Buffer, inline: Buffer) {
    this.fn = fn
    this.facts = facts
    this.#request = request
    this.#inline = inline
  }

  /** Argument `i` as an unsigned int. */
  number(i: number): number {
    return this.#request.readUInt32LE(8 + 8 * i)
  }

  /** Argument `i` as a pointer, a handle, or a 64-bit number. */
  word(i: number): bigint {
    return this.#request.readBigUInt64LE(8 + 8 * i)
  }

  /** Number of nvmlInit that the client has not taken back. */
  get initCount(): number {
    return this.#request.readUInt32LE(56)
  }

  /** Takes memory of the caller that the call wanted. */
  supply(address: bigint, bytes: Buffer): void {
    this.#read.push({ address, bytes })
    if (this.#read.reduce((sum, piece) => sum + piece.bytes.length, 0) > MOST_READ)
      throw new NvmlError('INVALID_ARGUMENT')
  }

  /** Memory of the caller. @throws Wanted if it has to be fetched, NvmlError INVALID_ARGUMENT for null */
  memory(address: bigint, size: number): Buffer {
    if (address === 0n) throw new NvmlError('INVALID_ARGUMENT')
    const { descriptor } = this.fn
    if (descriptor !== null && size <= this.#inline.length && this.word((descriptor >>> 16) & 7) === address)
      return this.#inline.subarray(0, size)
    const known = this.#read.find((piece) => piece.address === address && piece.bytes.length >= size)
    if (known === undefined) throw new Wanted(address, size)
    return known.bytes.subarray(0, size)
  }

  /** Memory at an address that the call has read already, for a trace. */
  readAt(address: bigint): Buffer | undefined {
    const { descriptor } = this.fn
    const isInline = descriptor !== null && this.#inline.length > 0 && this.word((descriptor >>> 16) & 7) === address
    return isInline ? this.#inline : this.#read.find((piece) => piece.address === address)?.bytes
  }

  /** The string behind argument `i`. @throws NvmlError INVALID_ARGUMENT for one without an end */
  string(i: number): string {
    let address = this.word(i)
    let text = ''
    while (text.length < MOST_TEXT) {
      const toEnd = Number(PAGE - (address % PAGE))
      const bytes = this.memory(address, Math.min(PIECE, toEnd))
      const end = bytes.indexOf(0)
      text += bytes.toString('latin1', 0, end < 0 ? bytes.length : end)
      if (end >= 0) return text
      address += BigInt(bytes.length)
    }
    throw new NvmlError('INVALID_ARGUMENT')
  }

  /** The GPU of the handle in argument `i`. @throws NvmlError INVALID_ARGUMENT, GPU_IS_LOST */
  gpu(i = 0): SmiGpuView {
    return this.facts.gpu(indexOfHandle('device', this.word(i)))
  }

  /** A GPU with vGPU support. @throws NvmlError NOT_SUPPORTED without it, or as `gpu` */
  vgpuHost(i = 0): SmiGpuView {
    const gpu = this.gpu(i)
    if (!gpu.vgpuHost) throw new NvmlError('NOT_SUPPORTED')
    return gpu
  }

  /** The running vGPU whose id is argument 0. @throws NvmlError INVALID_ARGUMENT, NOT_FOUND */
  vgpu(): SmiVgpuView {
    return this.facts.vgpu(this.number(0))
  }

  /** Writes bytes behind argument `i`. @throws NvmlError INVALID_ARGUMENT for null */
  put(i: number, bytes: Uint8Array, offset = 0): void {
    const address = this.word(i)
    if (address === 0n) throw new NvmlError('INVALID_ARGUMENT')
    this.pokes.push({ address: address + BigInt(offset), bytes })
  }

  putInt(i: number, value: number): void {
    const bytes = Buffer.allocUnsafe(4)
    bytes.writeUInt32LE(value >>> 0)
    this.put(i, bytes)
  }

  putLong(i: number, value: number | bigint): void {
    const bytes = Buffer.allocUnsafe(8)
    bytes.writeBigUInt64LE(BigInt(value))
    this.put(i, bytes)
  }

  /** A text for a buffer of argument `size` bytes. @throws NvmlError INSUFFICIENT_SIZE */
  putText(i: number, size: number, text: string): void {
    const bytes = Buffer.from(`${text}\0`, 'latin1')
    if (this.word(i) === 0n) throw new NvmlError('INVALID_ARGUMENT')
    if (bytes.length > this.number(size)) throw new NvmlError('INSUFFICIENT_SIZE')
    this.put(i, bytes)
  }

  /** Bytes for a buffer whose size is behind argument `size`; the size that is needed is written there. */
  putSized(i: number, size: number, bytes: Uint8Array): void {
    const room = this.memory(this.word(size), 4).readUInt32LE()
    this.putInt(size, bytes.length)
    if (bytes.length > room) throw new NvmlError('INSUFFICIENT_SIZE')
    this.put(i, bytes)
  }

  /** A list with its count behind argument `count`: the room that there is, then the number of items. */
  putList(count: number, list: number, items: readonly Uint8Array[]): void {
    this.#putItems(count, list, items.length, () => Buffer.concat(items))
  }

  #putItems(count: number, list: number, size: number, items: () => Uint8Array): void {
    const room = this.memory(this.word(count), 4).readUInt32LE()
    this.putInt(count, size)
    if (size > room || (size > 0 && this.word(list) === 0n)) throw new NvmlError('INSUFFICIENT_SIZE')
    if (size > 0) this.put(list, items())
  }

  /**
   * A list in a structure: its count at an address, its array at another. Without an array the call asks for the count.
   * @param room items that the array has room for
   */
  putArray(count: bigint, room: number, array: bigint, items: readonly Uint8Array[]): void {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(items.length)
    this.pokes.push({ address: count, bytes })
    if (items.length > 0 && (array === 0n || items.length > room)) throw new NvmlError('INSUFFICIENT_SIZE')
    if (items.length > 0) this.pokes.push({ address: array, bytes: Buffer.concat(items) })
  }

  /** A list for a buffer that the caller has made large enough: the count is output only. Without a buffer only the count. */
  putAll(count: number, list: number, items: readonly Uint8Array[]): void {
    this.putInt(count, items.length)
    if (this.word(list) !== 0n && items.length > 0) this.put(list, Buffer.concat(items))
  }

  /** A list as `putList`; without a buffer only the count. */
  putCounted(count: number, list: number, items: readonly Uint8Array[]): void {
    if (this.word(list) === 0n) this.putInt(count, items.length)
    else this.putList(count, list, items)
  }

  putInts(count: number, list: number, values: readonly number[]): void {
    this.#putItems(count, list, values.length, () => {
      const bytes = Buffer.allocUnsafe(4 * values.length)
      for (const [i, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * i)
      return bytes
    })
  }

  /** Writes a structure behind argument `i`. */
  putStruct<I>(i: number, struct: { encode(value: I): Uint8Array }, value: I): void {
    this.put(i, struct.encode(value))
  }

  /** Writes the members behind the version word of a structure, which stays as the caller has it. */
  putVersioned<I>(i: number, struct: { encode(value: I): Uint8Array }, value: I): void {
    this.put(i, struct.encode(value).subarray(4), 4)
  }

  /** The version of a structure that its first word names. @throws NvmlError ARGUMENT_VERSION_MISMATCH */
  versionOf<S extends AnyStruct>(i: number, ...known: readonly S[]): S {
    const word = this.memory(this.word(i), 4).readUInt32LE()
    const found = known.find((struct) => versionWord(struct) === word)
    if (found === undefined) throw new NvmlError('ARGUMENT_VERSION_MISMATCH')
    return found
  }
}
