import { NvError } from '../../abi/nv-error.ts'
import type { QueueState } from '../state.ts'

/**
 * The GSP message queue: two rings in shared memory, each one page of headers and 63 entries of 4 KiB. A message fills
 * consecutive entries. Both ends use this file; they share the two byte arrays and nothing else.
 */

export const RING_BYTES = 0x40000
export const ENTRY_BYTES = 4096
export const ENTRIES = 63
export const ELEMENT_HEADER_BYTES = 48
export const RPC_HEADER_BYTES = 32
/** Both headers included; 16 entries. Longer messages go on in continuation records. */
const MAX_MESSAGE_BYTES = 65536
export const MAX_PAYLOAD_BYTES = MAX_MESSAGE_BYTES - ELEMENT_HEADER_BYTES - RPC_HEADER_BYTES

const RPC_HEADER_VERSION = 0x03000000
const RPC_SIGNATURE = 0x43505256
/** Offsets in an element: msgq header, then rpc_message_header_v03_00 at 48. */
const AT = {
  checkSum: 32,
  seqNum: 36,
  elemCount: 40,
  version: 48,
  signature: 52,
  length: 56,
  function: 60,
  result: 64,
  resultPrivate: 68,
}
/** Offsets in a ring's header page: msgqTxHeader at 0, the reader header of the peer's ring at 32. */
const TX = {
  version: 0,
  size: 4,
  msgSize: 8,
  msgCount: 12,
  writePtr: 16,
  flags: 20,
  rxHdrOff: 24,
  entryOff: 28,
  readPtr: 32,
}

/** Shared memory and the register write that wakes the other side. */
export interface GspPort {
  readonly command: Uint8Array
  readonly status: Uint8Array
  /** Falcon base + 0xc00, value 0: GSP reads its command ring until it is empty. */
  doorbell(): void
  /**
   * booter_load with a meta block and GSP's arguments, both in shared memory. A WPR meta block gets its `verified` filled
   * in; a suspend meta block resumes.
   */
  boot(meta: Uint8Array, rmArguments: Uint8Array): void
}

export interface Message {
  function: number
  result: number
  /** In the ring, where it stays until as much has been written again. */
  payload: Uint8Array
}

/** One end of the pair: it writes `own` and reads `peer`. */
export class MsgqEnd {
  readonly #own: DataView
  readonly #ownBytes: Uint8Array
  readonly #peer: DataView
  readonly #peerBytes: Uint8Array
  readonly #state: QueueState
  readonly #first: number
  /** entries written, from `#first` on */
  #written = 0

  constructor(own: Uint8Array, peer: Uint8Array, state: QueueState) {
    this.#ownBytes = own
    this.#peerBytes = peer
    this.#own = new DataView(own.buffer, own.byteOffset, own.byteLength)
    this.#peer = new DataView(peer.buffer, peer.byteOffset, peer.byteLength)
    this.#state = state
    this.#first = state.writePtr
    this.#own.setUint32(TX.size, RING_BYTES, true)
    this.#own.setUint32(TX.msgSize, ENTRY_BYTES, true)
    this.#own.setUint32(TX.msgCount, ENTRIES, true)
    this.#own.setUint32(TX.flags, 1, true)
    this.#own.setUint32(TX.rxHdrOff, TX.readPtr, true)
    this.#own.setUint32(TX.entryOff, ENTRY_BYTES, true)
    this.#own.setUint32(TX.writePtr, state.writePtr, true)
    this.#own.setUint32(TX.readPtr, state.readPtr, true)
  }

  /** Entries that can be written now; one always stays empty. The peer's read pointer lies in the peer's ring. */
  free(): number {
    return (this.#peer.getUint32(TX.readPtr, true) + ENTRIES - this.#state.writePtr - 1) % ENTRIES
  }

  /** Writes one message, or nothing and false when the ring has no room for it. */
  push(message: { function: number; result: number; payload: Uint8Array }): boolean {
    const length = RPC_HEADER_BYTES + message.payload.length
    const entries = Math.ceil((ELEMENT_HEADER_BYTES + length) / ENTRY_BYTES)
    if (entries > this.free()) return false
    const at = this.#state.writePtr
    // A message that runs over the end of the ring is put together elsewhere.
    const whole = at + entries <= ENTRIES
    const element = whole ? entriesAt(this.#ownBytes, at, entries) : new Uint8Array(entries * ENTRY_BYTES)
    if (whole) element.fill(0)
    const view = new DataView(element.buffer, element.byteOffset, element.length)
    view.setUint32(AT.seqNum, this.#state.sent, true)
    view.setUint32(AT.elemCount, entries, true)
    view.setUint32(AT.version, RPC_HEADER_VERSION, true)
    view.setUint32(AT.signature, RPC_SIGNATURE, true)
    view.setUint32(AT.length, length, true)
    view.setUint32(AT.function, message.function, true)
    view.setUint32(AT.result, message.result, true)
    view.setUint32(AT.resultPrivate, message.result, true)
    element.set(message.payload, ELEMENT_HEADER_BYTES + RPC_HEADER_BYTES)
    view.setUint32(AT.checkSum, checksum(element, ELEMENT_HEADER_BYTES + length), true)
    for (let i = 0; !whole && i < entries; i += 1) {
      entriesAt(this.#ownBytes, (at + i) % ENTRIES, 1).set(element.subarray(i * ENTRY_BYTES, (i + 1) * ENTRY_BYTES))
    }
    this.#written += entries
    this.#state.sent += 1
    this.#state.writePtr = (at + entries) % ENTRIES
    this.#own.setUint32(TX.writePtr, this.#state.writePtr, true)
    return true
  }

  /**
   * Takes the next message, or null when there is none.
   * @throws NvError EIO when signature, length, checksum or sequence number is wrong; the element is dropped.
   */
  pop(): Message | null {
    const waiting = (this.#peer.getUint32(TX.writePtr, true) + ENTRIES - this.#state.readPtr) % ENTRIES
    if (waiting === 0) return null
    const first = ENTRY_BYTES * (1 + this.#state.readPtr)
    const entries = this.#peer.getUint32(first + AT.elemCount, true)
    const taken = entries >= 1 && entries <= waiting ? entries : 1
    const element = this.#taken(taken)
    this.#state.readPtr = (this.#state.readPtr + taken) % ENTRIES
    this.#own.setUint32(TX.readPtr, this.#state.readPtr, true)
    const expected = this.#state.received
    this.#state.received += 1

    const view = new DataView(element.buffer, element.byteOffset, element.length)
    const length = view.getUint32(AT.length, true)
    const fault =
      entries !== taken
        ? `elemCount ${entries} with ${waiting} entries waiting`
        : view.getUint32(AT.signature, true) !== RPC_SIGNATURE
          ? 'wrong signature'
          : length < RPC_HEADER_BYTES || ELEMENT_HEADER_BYTES + length > element.length
            ? `length ${length} in ${element.length} bytes`
            : checksum(element, ELEMENT_HEADER_BYTES + length) !== 0
              ? 'wrong checksum'
              : view.getUint32(AT.seqNum, true) !== expected
                ? `seqNum ${view.getUint32(AT.seqNum, true)}, expected ${expected}`
                : null
    if (fault !== null) {
      throw new NvError({
        errno: 'EIO',
        code: 'io-error',
        at: 'r535_gsp_msgq_recv',
        message: `message dropped: ${fault}`,
      })
    }
    return {
      function: view.getUint32(AT.function, true),
      result: view.getUint32(AT.result, true),
      payload: element.subarray(ELEMENT_HEADER_BYTES + RPC_HEADER_BYTES, ELEMENT_HEADER_BYTES + length),
    }
  }

  /** Clears what this end has written: the ring is as fresh memory, and somebody else's to use. */
  wipe(): void {
    this.#ownBytes.fill(0, 0, ENTRY_BYTES)
    for (let i = 0; i < Math.min(this.#written, ENTRIES); i += 1) {
      const start = offsetOf((this.#first + i) % ENTRIES)
      this.#ownBytes.fill(0, start, start + ENTRY_BYTES)
    }
  }

  /** The next entries of the peer's ring, in place unless they run over its end. */
  #taken(entries: number): Uint8Array {
    const at = this.#state.readPtr
    if (at + entries <= ENTRIES) return entriesAt(this.#peerBytes, at, entries)
    const element = new Uint8Array(entries * ENTRY_BYTES)
    for (let i = 0; i < entries; i += 1) {
      element.set(entriesAt(this.#peerBytes, (at + i) % ENTRIES, 1), i * ENTRY_BYTES)
    }
    return element
  }
}

/** Entries of a ring from number `first` on; they lie behind its header page. */
function entriesAt(ring: Uint8Array, first: number, count: number): Uint8Array {
  return ring.subarray(offsetOf(first), offsetOf(first + count))
}

function offsetOf(entry: number): number {
  return ENTRY_BYTES * (1 + entry)
}

/** A fresh shared block with nothing in it. */
export function makeRing(): Uint8Array {
  return new Uint8Array(RING_BYTES)
}

/**
 * XOR of all 64-bit words of the first `length` bytes, high half XOR low half; what is behind them in the last entry is
 * zero and changes nothing. Zero over an element whose checkSum field is filled in, because the field takes part in the sum.
 */
export function checksum(element: Uint8Array, length = element.length): number {
  const words = new Uint32Array(element.buffer, element.byteOffset, Math.ceil(length / 8) * 2)
  let sum = 0
  for (let i = 0; i < words.length; i += 1) sum ^= words[i] as number
  return sum >>> 0
}
