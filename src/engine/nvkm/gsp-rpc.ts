import { joined } from '../../abi/bytes.ts'
import {
  gspFunctionName,
  NV_VGPU_MSG_EVENT_FIRST_EVENT,
  NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD,
} from '../../abi/gsp-rpc.ts'
import { NvError } from '../../errors/nv-error.ts'
import { type Clock, COST } from '../clock.ts'
import { type GspPort, MAX_PAYLOAD_BYTES, type Message, MsgqEnd } from '../hw/msgq.ts'
import type { QueueState } from '../state.ts'
import type { Trace } from '../trace.ts'
import type { GspEvents } from './gsp-events.ts'
import { describeMessage } from './gsp-trace.ts'

const NO_TAIL = new Uint8Array(0)
/** rpc_result of a message on its way to GSP. */
const NOT_ANSWERED = 0xffffffff

export interface GspRpcWiring {
  clock: Clock
  events: GspEvents
  trace: Trace | null
  isRunning(): boolean
}

/** nouveau's r535/rpc.c: one message to GSP at a time, with its reply. Events that arrive meanwhile are dispatched. */
export class GspRpc {
  readonly #port: GspPort
  readonly #queue: MsgqEnd
  readonly #clock: Clock
  readonly #events: GspEvents

  readonly #trace: Trace | null
  readonly #isRunning: () => boolean
  /** The last call ended without a reply. */
  #gaveUp = false

  constructor(port: GspPort, state: QueueState, wiring: GspRpcWiring) {
    this.#port = port
    this.#queue = new MsgqEnd(port.command, port.status, state)
    this.#clock = wiring.clock
    this.#events = wiring.events
    this.#trace = wiring.trace
    this.#isRunning = wiring.isRunning
  }

  /** Queues a message before GSP runs: no doorbell, no reply. */
  queue(fn: number, payload: Uint8Array): void {
    this.#record(fn, payload, false, NOT_ANSWERED)
    if (!this.#queue.push({ function: fn, result: NOT_ANSWERED, payload })) throw ringFull(fn)
  }

  /**
   * Sends a message and waits for its reply. A payload above 65456 bytes continues in continuation records. When the
   * ring is full, the doorbell makes GSP drain it.
   * @param replySize minimum bytes of the reply
   * @param tail follows the payload
   * @throws NvError EIO (GSP is not running, short or damaged reply), ETIMEDOUT (ring stays full, or no reply), EINVAL
   *   (rpc_result)
   */
  call(fn: number, payload: Uint8Array, replySize: number, tail?: Uint8Array): Uint8Array {
    if (!this.#isRunning()) {
      throw new NvError({
        errno: 'EIO',
        code: 'not-running',
        at: 'r535_gsp_rpc_send',
        message: `GSP is not running, ${gspFunctionName(fn)} cannot be sent`,
        hint: 'nvgpu gsp boot',
      })
    }
    // drop a late reply to the call that gave up
    if (this.#gaveUp) this.drain()
    this.#gaveUp = true
    if (payload.length + (tail?.length ?? 0) <= MAX_PAYLOAD_BYTES) this.#send(fn, payload, tail)
    else this.#sendInParts(fn, tail === undefined ? payload : joined([payload, tail]))
    this.#port.doorbell()
    const reply = this.#receive(fn)
    if (!reply) {
      this.#clock.advance(COST.gspReplyTimeout)
      throw new NvError({
        errno: 'ETIMEDOUT',
        code: 'timeout',
        at: 'r535_gsp_msg_recv',
        message: `GSP did not answer ${gspFunctionName(fn)}`,
      })
    }
    this.#gaveUp = false
    this.#clock.advance(COST.gspRpc)
    if (reply.result !== 0) {
      throw new NvError({
        errno: 'EINVAL',
        code: 'firmware-refusal',
        at: 'r535_gsp_rpc_handle_reply',
        message: `GSP answered ${gspFunctionName(fn)} with rpc_result 0x${reply.result.toString(16)}`,
      })
    }
    if (reply.payload.length < replySize) {
      throw new NvError({
        errno: 'EIO',
        code: 'io-error',
        at: 'r535_gsp_msg_recv',
        message: `the answer to ${gspFunctionName(fn)} has ${reply.payload.length} of ${replySize} bytes`,
      })
    }
    return reply.payload
  }

  /** Waits for one event and dispatches others. @returns false when the ring is empty before the event arrives */
  waitEvent(event: number): boolean {
    for (let message = this.#queue.pop(); message; message = this.#queue.pop()) {
      this.#record(message.function, message.payload, true, message.result)
      this.#events.dispatch(message.function, message.payload)
      if (message.function === event) return true
    }
    return false
  }

  /** The interrupt handler: dispatches all messages in the status ring. */
  drain(): void {
    for (let message = this.#queue.pop(); message; message = this.#queue.pop()) this.#route(message, -1)
  }

  /** Whether the ring's pointers match the state. */
  isCurrent(): boolean {
    return this.#queue.isCurrent()
  }

  /** Clears the driver's ring. */
  wipe(): void {
    this.#queue.wipe()
  }

  #sendInParts(fn: number, payload: Uint8Array): void {
    this.#send(fn, payload.subarray(0, MAX_PAYLOAD_BYTES))
    for (let at = MAX_PAYLOAD_BYTES; at < payload.length; at += MAX_PAYLOAD_BYTES) {
      this.#send(NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD, payload.subarray(at, at + MAX_PAYLOAD_BYTES))
    }
  }

  #send(fn: number, payload: Uint8Array, tail: Uint8Array = NO_TAIL): void {
    const message = { function: fn, result: NOT_ANSWERED, payload, tail }
    if (this.#trace) this.#record(fn, joined([payload, tail]), false, NOT_ANSWERED)
    if (this.#queue.push(message)) return
    this.#port.doorbell()
    if (!this.#queue.push(message)) throw ringFull(fn)
  }

  #receive(fn: number): Message | null {
    for (let message = this.#queue.pop(); message; message = this.#queue.pop()) {
      if (this.#route(message, fn)) return message
    }
    return null
  }

  #record(fn: number, payload: Uint8Array, answer: boolean, result: number): void {
    if (this.#trace) this.#trace.add(describeMessage(fn, payload, answer, result))
  }

  #route(message: Message, awaited: number): boolean {
    if (this.#trace) this.#record(message.function, message.payload, true, message.result)
    if (message.function >= NV_VGPU_MSG_EVENT_FIRST_EVENT) {
      this.#events.dispatch(message.function, message.payload)
      return false
    }
    if (message.function === awaited) return true
    this.#events.unexpected(gspFunctionName(message.function))
    return false
  }
}

function ringFull(fn: number): NvError {
  return new NvError({
    errno: 'ETIMEDOUT',
    code: 'timeout',
    at: 'r535_gsp_msgq_wait',
    message: `the command ring has no room for ${gspFunctionName(fn)}`,
  })
}
