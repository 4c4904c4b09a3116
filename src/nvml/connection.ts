import { Call, Wanted } from './call.ts'
import type { Client } from './client.ts'
import { NvmlError, numberOf } from './error.ts'
import { exportsOfLibrary, listChecksum } from './library/exports.ts'
import { HELLO_SIZE, MAGIC, ORDER, ORDER_SIZE, PROTOCOL, REQUEST_SIZE } from './library/frame.ts'
import type { Service } from './service.ts'

/** What a connection needs of its socket. */
export interface Wire {
  write(bytes: Uint8Array): void
  end(): void
}

/** Functions that work before nvmlInit. */
const NEED_NO_INIT = new Set(['nvmlInit', 'nvmlInit_v2', 'nvmlInitWithFlags', 'nvmlShutdown'])
/** More inline bytes are not from this library. */
const MOST_INLINE = 0xfff
/** Most bytes that wait for an answer: a request, or memory of a call. */
const MOST_WAITING = 131_072
const EMPTY = Buffer.alloc(0)

/**
 * One connection of a client: hello, then requests, each with its answer; between them PEEKs. Any byte may come from a
 * hostile client: a request that this library cannot have sent ends the connection.
 */
export class Connection {
  readonly #wire: Wire
  readonly #service: Service
  readonly #isOwner: boolean
  #buffer: Buffer = EMPTY
  #client: Client | undefined
  /** The library has another list of functions. */
  #isForeign = false
  /** A call that waits for memory of the client. */
  #peek: { readonly call: Call; readonly wanted: Wanted; readonly started: number } | undefined
  /** A call is being answered asynchronously. */
  #isBusy = false
  #isOver = false

  /** @param isOwner the client may change the host */
  constructor(wire: Wire, service: Service, isOwner: boolean) {
    this.#wire = wire
    this.#service = service
    this.#isOwner = isOwner
  }

  /** Takes bytes of the client. */
  receive(bytes: Buffer): void {
    if (this.#isOver) return
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes])
    if (this.#buffer.length > MOST_WAITING) this.#end()
    while (!this.#isOver && this.#step());
  }

  /** The socket has closed. */
  close(): void {
    this.#isOver = true
    if (this.#client !== undefined) this.#service.left(this.#client)
  }

  /** One step of the protocol. @returns whether there may be another */
  #step(): boolean {
    if (this.#isBusy) return false
    if (this.#client === undefined) return this.#hello()
    if (this.#peek !== undefined) return this.#peeked(this.#peek)
    if (this.#buffer.length < REQUEST_SIZE) return false
    const size = this.#buffer.readUInt32LE(4)
    if (size > MOST_INLINE) return this.#end()
    if (this.#buffer.length < REQUEST_SIZE + size) return false
    const request = this.#take(REQUEST_SIZE)
    const inline = this.#take(size)
    const fn = exportsOfLibrary()[request.readUInt32LE(0)]
    if (fn === undefined || fn.descriptor === null) return this.#end()
    this.#run(new Call(fn, this.#service.facts, request, inline), this.#client, performance.now())
    return true
  }

  #hello(): boolean {
    if (this.#buffer.length < HELLO_SIZE) return false
    const hello = this.#take(HELLO_SIZE)
    if (hello.readUInt32LE(0) !== MAGIC) return this.#end()
    this.#isForeign = hello.readUInt16LE(4) !== PROTOCOL || hello.readUInt32LE(12) !== listChecksum()
    this.#client = this.#service.joined(hello.readUInt32LE(8), hello.readBigUInt64LE(16), this.#isOwner)
    return true
  }

  /** The answer to a PEEK: a status, then the bytes if it is 0. */
  #peeked({ call, wanted, started }: { call: Call; wanted: Wanted; started: number }): boolean {
    if (this.#buffer.length < 8) return false
    const isBad = this.#buffer.readBigInt64LE(0) !== 0n
    if (!isBad && this.#buffer.length < 8 + wanted.size) return false
    this.#take(8)
    const client = this.#client
    this.#peek = undefined
    if (client === undefined) return this.#end()
    if (isBad) {
      this.#finish(call, numberOf('INVALID_ARGUMENT'), started)
      return true
    }
    this.#attempt(call, started, () => call.supply(wanted.address, this.#take(wanted.size)))
    this.#run(call, client, started)
    return true
  }

  #run(call: Call, client: Client, started: number): void {
    call.pokes.length = 0
    this.#attempt(call, started, () => {
      if (this.#isForeign) throw new NvmlError('LIB_RM_VERSION_MISMATCH')
      if (call.initCount === 0 && !NEED_NO_INIT.has(call.fn.name)) throw new NvmlError('UNINITIALIZED')
      const result = this.#service.answer(call, client)
      if (!(result instanceof Promise)) return this.#finish(call, numberOf(result), started)
      this.#isBusy = true
      const settle = (end: () => void) => {
        this.#isBusy = false
        this.#attempt(call, started, end)
        while (!this.#isOver && this.#step());
      }
      result.then(
        (code) => settle(() => this.#finish(call, numberOf(code), started)),
        (error: unknown) =>
          settle(() => {
            throw error
          }),
      )
    })
  }

  /** Runs a part of a call. What it throws is the call's answer, or memory that it wants. */
  #attempt(call: Call, started: number, part: () => void): void {
    if (this.#isOver) return
    try {
      part()
    } catch (error) {
      if (error instanceof Wanted) this.#want(call, error, started)
      else this.#finish(call, numberOf(this.#service.codeOf(call, error)), started)
    }
  }

  #want(call: Call, wanted: Wanted, started: number): void {
    this.#peek = { call, wanted, started }
    const order = Buffer.allocUnsafe(ORDER_SIZE)
    putOrder(order, 0, ORDER.PEEK, wanted.size, wanted.address)
    this.#wire.write(order)
  }

  /** All POKEs and the RETURN in one write. An error writes nothing but the size that is needed. */
  #finish(call: Call, number: number, started: number): void {
    if (this.#isOver) return
    const isWritten = number === numberOf('SUCCESS') || number === numberOf('INSUFFICIENT_SIZE')
    const pokes = isWritten ? call.pokes : []
    let size = ORDER_SIZE
    for (const { bytes } of pokes) size += ORDER_SIZE + bytes.length
    const out = Buffer.allocUnsafe(size)
    let at = 0
    for (const { address, bytes } of pokes) {
      at = putOrder(out, at, ORDER.POKE, bytes.length, address)
      out.set(bytes, at)
      at += bytes.length
    }
    putOrder(out, at, ORDER.RETURN, 0, BigInt(number))
    this.#service.traced?.(call, number, performance.now() - started)
    this.#wire.write(out)
  }

  #take(size: number): Buffer {
    const taken = this.#buffer.subarray(0, size)
    this.#buffer = this.#buffer.length === size ? EMPTY : this.#buffer.subarray(size)
    return taken
  }

  #end(): false {
    this.#isOver = true
    this.#wire.end()
    return false
  }
}

function putOrder(out: Buffer, at: number, op: number, size: number, address: bigint): number {
  out.writeUInt32LE(op, at)
  out.writeUInt32LE(size, at + 4)
  out.writeBigUInt64LE(address, at + 8)
  return at + ORDER_SIZE
}
