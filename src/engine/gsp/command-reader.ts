import { joined } from '../../abi/bytes.ts'
import { PACKED_REGISTRY_TABLE } from '../../abi/gsp-boot.ts'
import {
  NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD,
  NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL,
  NV_VGPU_MSG_FUNCTION_SET_REGISTRY,
  rpc_gsp_rm_control_v03_00,
} from '../../abi/gsp-rpc.ts'
import { NvError } from '../../errors/nv-error.ts'
import { MAX_PAYLOAD_BYTES, type Message, type MsgqEnd } from '../hw/msgq.ts'

type Command = Pick<Message, 'function' | 'payload'>

interface Pending {
  function: number
  parts: Uint8Array[]
  missing: number
}

/** Reads whole commands from the command ring. One that is longer than a message comes with continuation records. */
export class CommandReader {
  readonly #queue: MsgqEnd
  readonly #print: (line: string) => void
  #pending: Pending | null = null

  /** @param print takes the line of a command that cannot be read */
  constructor(queue: MsgqEnd, print: (line: string) => void) {
    this.#queue = queue
    this.#print = print
  }

  /** @returns the next whole command, null when the ring is empty */
  next(): Command | null {
    for (let message = this.#pop(); message !== null; message = this.#pop()) {
      const whole = message === 'unreadable' ? null : this.#assemble(message)
      if (whole !== null) return whole
    }
    return null
  }

  /** A command that cannot be read is printed and gets no answer: the host's wait ends by its own clock. */
  #pop(): Message | 'unreadable' | null {
    try {
      return this.#queue.pop()
    } catch (error) {
      if (!(error instanceof NvError)) throw error
      this.#print(error.message)
      return 'unreadable'
    }
  }

  #assemble({ function: fn, payload }: Message): Command | null {
    if (fn === NV_VGPU_MSG_FUNCTION_CONTINUATION_RECORD) {
      const pending = this.#pending
      if (!pending) return null
      pending.parts.push(payload.slice())
      pending.missing -= payload.length
      if (pending.missing > 0) return null
      this.#pending = null
      return { function: pending.function, payload: joined(pending.parts) }
    }
    this.#pending = null
    const missing = payload.length < MAX_PAYLOAD_BYTES ? 0 : wanted(fn, payload) - payload.length
    if (missing <= 0) return { function: fn, payload }
    this.#pending = { function: fn, parts: [payload.slice()], missing }
    return null
  }
}

/** The bytes of a command by its own account. */
function wanted(fn: number, payload: Uint8Array): number {
  if (fn === NV_VGPU_MSG_FUNCTION_GSP_RM_CONTROL)
    return rpc_gsp_rm_control_v03_00.size + rpc_gsp_rm_control_v03_00.get(payload, 'paramsSize')
  if (fn === NV_VGPU_MSG_FUNCTION_SET_REGISTRY) return PACKED_REGISTRY_TABLE.get(payload, 'size')
  return payload.length
}
