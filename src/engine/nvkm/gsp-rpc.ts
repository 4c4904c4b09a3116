import { joined } from '../../abi/bytes.ts'
import {
  gspEventName,
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
  bdf: string
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
  readonly #bdf: string
  /** The last call ended without a reply. */
  #gaveUp = false

  constructor(port: GspPort, state: QueueState, wiring: GspRpcWiring) {
    this.#port = port
    this.#queue = new MsgqEnd(port.command, port.status, state, 'trusts')
    this.#clock = wiring.clock
    this.#events = wiring.events
    this.#trace = wiring.trace
    this.#isRunning = wiring.isRunning
    this.#bdf = wiring.bdf
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
   * @throws NvError EIO (GSP is not running, short reply), ETIMEDOUT (ring stays full, or no reply), EINVAL
   *   (rpc_result)
   */
  call(fn: number, payload: Uint8Array, replySize: number, tail?: Uint8Array): Uint8Array {
    if (!this.#isRunning()) {
      throw new NvError({
        errno: 'EIO',
        code: 'not-running',
        at: 'r535_gsp_rpc_send',
        message: `GSP is not running, ${gspFunctionName(fn)} cannot be sent`,
        hint: `nvgpu gsp boot --gpu ${this.#bdf}`,
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
    // an event with an rpc_result fails the call before its reply is read
    this.#gaveUp = reply.function !== fn
    this.#clock.advance(COST.gspRpc)
    if (reply.result !== 0) throw refused(reply)
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

  /**
   * Polls for one event, which no handler sees, and dispatches others.
   * @returns false when the ring is empty before the event arrives
   * @throws NvError EINVAL for a message with an rpc_result
   */
  waitEvent(event: number): boolean {
    const found = this.#receive(event)
    if (!found) return false
    if (found.result !== 0) throw refused(found)
    this.#events.count(event)
    return true
  }

  /** The interrupt handler: dispatches all messages in the status ring. One with an rpc_result is dumped. */
  drain(): void {
    for (let message = this.#queue.pop(); message; message = this.#queue.pop()) {
      if (this.#isFor(message, -1)) this.#events.refused(message.function, message.payload, message.result)
    }
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

  /** The awaited message, or any with an rpc_result: r535_gsp_msg_recv looks at the result before the function. */
  #receive(fn: number): Message | null {
    for (let message = this.#queue.pop(); message; message = this.#queue.pop()) {
      if (this.#isFor(message, fn)) return message
    }
    return null
  }

  #record(fn: number, payload: Uint8Array, answer: boolean, result: number): void {
    if (this.#trace) this.#trace.add(describeMessage(fn, payload, answer, result))
  }

  /** Whether a message ends the wait for `awaited`. An event without an rpc_result goes to its handler. */
  #isFor(message: Message, awaited: number): boolean {
    if (this.#trace) this.#record(message.function, message.payload, true, message.result)
    if (message.result !== 0 || message.function === awaited) return true
    if (message.function >= NV_VGPU_MSG_EVENT_FIRST_EVENT) {
      this.#events.dispatch(message.function, message.payload)
      return false
    }
    this.#events.unexpected(gspFunctionName(message.function))
    return false
  }
}

function refused({ function: fn, result }: Message): NvError {
  const name = fn >= NV_VGPU_MSG_EVENT_FIRST_EVENT ? gspEventName(fn) : gspFunctionName(fn)
  return new NvError({
    errno: 'EINVAL',
    code: 'firmware-refusal',
    at: 'r535_gsp_msg_recv',
    message: `GSP answered ${name} with rpc_result 0x${result.toString(16)}`,
  })
}

function ringFull(fn: number): NvError {
  return new NvError({
    errno: 'ETIMEDOUT',
    code: 'timeout',
    at: 'r535_gsp_msgq_wait',
    message: `the command ring has no room for ${gspFunctionName(fn)}`,
  })
}
