import { xorOf } from '../../abi/xor.ts'
import { NvError } from '../../errors/nv-error.ts'
import type { QueueState } from '../state.ts'

/**
 * The GSP message queue: two rings in shared memory, each with one page of headers and 63 entries of 4 KiB. A message
 * fills consecutive entries. Both ends use this file; they share only the two byte arrays.
 */

export const RING_BYTES = 0x40000
export const ENTRY_BYTES = 4096
export const ENTRIES = 63
export const ELEMENT_HEADER_BYTES = 48
export const RPC_HEADER_BYTES = 32
/** 16 entries, both headers included. Longer messages continue in continuation records. */
const MAX_MESSAGE_BYTES = 65536
export const MAX_PAYLOAD_BYTES = MAX_MESSAGE_BYTES - ELEMENT_HEADER_BYTES - RPC_HEADER_BYTES

const RPC_HEADER_VERSION = 0x03000000
const RPC_SIGNATURE = 0x43505256
/** Word offsets in an element: msgq header, then rpc_message_header_v03_00 from word 12 on. */
const AT = {
  checkSum: 8,
  seqNum: 9,
  elemCount: 10,
  version: 12,
  signature: 13,
  length: 14,
  function: 15,
  result: 16,
  resultPrivate: 17,
} as const
const HEADER_BYTES = ELEMENT_HEADER_BYTES + RPC_HEADER_BYTES
/** Word offsets in a ring's header page: msgqTxHeader at 0, the reader header of the peer's ring from word 8 on. */
const TX = {
  version: 0,
  size: 1,
  msgSize: 2,
  msgCount: 3,
  writePtr: 4,
  flags: 5,
  rxHdrOff: 6,
  entryOff: 7,
  readPtr: 8,
} as const

/** Shared memory and the register write that wakes the other side. */
export interface GspPort {
  readonly command: Uint8Array
  readonly status: Uint8Array
  /** Register falcon base + 0xc00, value 0: GSP reads its command ring until it is empty. */
  doorbell(): void
  /**
   * booter_load with a meta block and GSP's arguments, both in shared memory. A WPR meta block gets its `verified`
   * field set; a suspend meta block resumes.
   */
  boot(meta: Uint8Array, rmArguments: Uint8Array): void
}

export interface Message {
  function: number
  result: number
  /** A view of the ring; later messages overwrite it. */
  payload: Uint8Array
}

/** A message to write into a ring. `tail` follows the payload, so header and parameters can be separate arrays. */
export interface Outgoing {
  readonly function: number
  readonly result: number
  readonly payload: Uint8Array
  readonly tail?: Uint8Array
}

const NO_TAIL = new Uint8Array(0)

/** The reading side of an end: the firmware checks, the driver trusts. */
export type Reader = 'checks' | 'trusts'

/**
 * One end of the queue: it writes the ring `own` and reads the ring `peer`. Memory words have the byte order of the
 * running machine: little endian, as on the GPU.
 */
export class MsgqEnd {
  readonly #own: Uint32Array
  readonly #ownBytes: Uint8Array
  readonly #peer: Uint32Array
  readonly #peerBytes: Uint8Array
  readonly #state: QueueState
  readonly #reader: Reader

  /** @param reader GSP checks every element; nouveau's r535_gsp_msgq_recv reads the length alone */
  constructor(own: Uint8Array, peer: Uint8Array, state: QueueState, reader: Reader) {
    this.#reader = reader
    this.#ownBytes = own
    this.#peerBytes = peer
    this.#own = wordsOf(own)
    this.#peer = wordsOf(peer)
    this.#state = state
    this.#own[TX.size] = RING_BYTES
    this.#own[TX.msgSize] = ENTRY_BYTES
    this.#own[TX.msgCount] = ENTRIES
    this.#own[TX.flags] = 1
    this.#own[TX.rxHdrOff] = TX.readPtr * 4
    this.#own[TX.entryOff] = ENTRY_BYTES
    this.#own[TX.writePtr] = state.writePtr
    this.#own[TX.readPtr] = state.readPtr
  }

  /** Free entries; one always stays empty. The peer's read pointer lies in the peer's ring. */
  free(): number {
    return ((this.#peer[TX.readPtr] as number) + ENTRIES - this.#state.writePtr - 1) % ENTRIES
  }

  /** Writes one message. @returns false when the ring has no room; the ring is then unchanged */
  push({ function: fn, result, payload, tail = NO_TAIL }: Outgoing): boolean {
    const length = HEADER_BYTES + payload.length + tail.length
    const entries = Math.ceil(length / ENTRY_BYTES)
    if (entries > this.free()) return false
    const state = this.#state
    const at = state.writePtr
    // A message that wraps around the end of the ring is assembled in a separate buffer.
    const whole = at + entries <= ENTRIES
    const bytes = whole ? this.#ownBytes : new Uint8Array(entries * ENTRY_BYTES)
    const words = whole ? this.#own : wordsOf(bytes)
    const start = whole ? offsetOf(at) : 0
    bytes.fill(0, start, start + entries * ENTRY_BYTES)
    const first = start / 4
    words[first + AT.seqNum] = state.sent
    words[first + AT.elemCount] = entries
    words[first + AT.version] = RPC_HEADER_VERSION
    words[first + AT.signature] = RPC_SIGNATURE
    words[first + AT.length] = length - ELEMENT_HEADER_BYTES
    words[first + AT.function] = fn
    words[first + AT.result] = result
    words[first + AT.resultPrivate] = result
    bytes.set(payload, start + HEADER_BYTES)
    if (tail.length > 0) bytes.set(tail, start + HEADER_BYTES + payload.length)
    words[first + AT.checkSum] = sumOf(words, first, length)
    if (!whole) this.#scatter(bytes, at, entries)
    state.sent += 1
    state.writePtr = (at + entries) % ENTRIES
    this.#own[TX.writePtr] = state.writePtr
    return true
  }

  /**
   * Takes the next message, or null when there is none.
   * @throws NvError EIO when the element cannot hold its length. A checking reader also refuses a wrong count,
   *   signature, checksum or sequence number. The element is dropped.
   */
  pop(): Message | null {
    const state = this.#state
    const at = state.readPtr
    const waiting = ((this.#peer[TX.writePtr] as number) + ENTRIES - at) % ENTRIES
    if (waiting === 0) return null
    const first = offsetOf(at) / 4
    const wanted =
      this.#reader === 'checks'
        ? (this.#peer[first + AT.elemCount] as number)
        : Math.ceil((ELEMENT_HEADER_BYTES + (this.#peer[first + AT.length] as number)) / ENTRY_BYTES)
    const taken = wanted >= 1 && wanted <= waiting ? wanted : 1
    const whole = at + taken <= ENTRIES
    const bytes = whole ? this.#peerBytes : this.#gathered(at, taken)
    const words = whole ? this.#peer : wordsOf(bytes)
    const start = whole ? offsetOf(at) : 0
    state.readPtr = (at + taken) % ENTRIES
    this.#own[TX.readPtr] = state.readPtr
    const expected = state.received
    state.received += 1

    const word = start / 4
    const fault =
      wanted !== taken
        ? `${wanted} entries wanted, ${waiting} waiting`
        : this.#reader === 'checks'
          ? checkedFault(words, word, taken, expected)
          : lengthFault(words[word + AT.length] as number, taken)
    if (fault !== null) throw dropped(fault)
    return {
      function: words[word + AT.function] as number,
      result: words[word + AT.result] as number,
      payload: bytes.subarray(start + HEADER_BYTES, start + ELEMENT_HEADER_BYTES + (words[word + AT.length] as number)),
    }
  }

  /** Copies a message into entries that wrap around the end of the ring. */
  #scatter(element: Uint8Array, at: number, entries: number): void {
    for (let i = 0; i < entries; i += 1) {
      this.#ownBytes.set(element.subarray(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES), offsetOf((at + i) % ENTRIES))
    }
  }

  /** Reads a message whose entries wrap around the end of the peer's ring. */
  #gathered(at: number, entries: number): Uint8Array {
    const element = new Uint8Array(entries * ENTRY_BYTES)
    for (let i = 0; i < entries; i += 1) {
      const start = offsetOf((at + i) % ENTRIES)
      element.set(this.#peerBytes.subarray(start, start + ENTRY_BYTES), i * ENTRY_BYTES)
    }
    return element
  }
}

/** What is wrong with an element, for a reader that checks everything; null for a sound one. */
function checkedFault(words: Uint32Array, first: number, entries: number, expected: number): string | null {
  const length = words[first + AT.length] as number
  if (words[first + AT.signature] !== RPC_SIGNATURE) return 'wrong signature'
  const short = lengthFault(length, entries)
  if (short !== null) return short
  if (sumOf(words, first, ELEMENT_HEADER_BYTES + length) !== 0) return 'wrong checksum'
  const seqNum = words[first + AT.seqNum]
  return seqNum === expected ? null : `seqNum ${seqNum}, expected ${expected}`
}

function lengthFault(length: number, entries: number): string | null {
  const sound = length >= RPC_HEADER_BYTES && ELEMENT_HEADER_BYTES + length <= entries * ENTRY_BYTES
  return sound ? null : `length ${length} in ${entries * ENTRY_BYTES} bytes`
}

function dropped(fault: string): NvError {
  return new NvError({
    errno: 'EIO',
    code: 'io-error',
    at: 'r535_gsp_msgq_recv',
    message: `message dropped: ${fault}`,
  })
}

/** Byte offset of an entry in a ring, behind the header page. */
function offsetOf(entry: number): number {
  return ENTRY_BYTES * (1 + entry)
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
}

/** A new shared block of zeros. */
export function makeRing(): Uint8Array {
  return new Uint8Array(RING_BYTES)
}

/**
 * XOR of all 64-bit words of the first `length` bytes, high half XOR low half. The rest of the last entry is zero and
 * changes nothing. The checksum covers its own field, so it is zero for an element with a valid checkSum.
 */
export function checksum(element: Uint8Array, length = element.length): number {
  return sumOf(wordsOf(element), 0, length)
}

function sumOf(words: Uint32Array, first: number, length: number): number {
  return xorOf(words, first, Math.ceil(length / 8) * 2)
}
