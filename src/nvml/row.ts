import type { NvmlReturn } from '../abi/nvml/return.ts'
import type { Call } from './call.ts'
import type { Client } from './client.ts'

/** The result of a function: a return code, now or later. */
export type Outcome = NvmlReturn | Promise<NvmlReturn>

/** A function that is served. A throw of NvmlError ends the call with its code. */
export interface Row {
  /** The property of a query, field of a view, or command behind it. */
  readonly fact: string
  readonly answer: (call: Call, client: Client) => Outcome
}

export type Rows = Readonly<Record<string, Row>>

/** A function that succeeds unless it throws. */
export function row(fact: string, answer: (call: Call, client: Client) => void): Row {
  return {
    fact,
    answer: (call, client) => {
      answer(call, client)
      return 'SUCCESS'
    },
  }
}

/** A function that names its return code. */
export function coded(fact: string, answer: (call: Call, client: Client) => Outcome): Row {
  return { fact, answer }
}

/** A change of the host through a verb. */
export function change(command: string, answer: (call: Call, client: Client) => Promise<void>): Row {
  return {
    fact: command,
    answer: async (call, client): Promise<NvmlReturn> => {
      await answer(call, client)
      return 'SUCCESS'
    },
  }
}
