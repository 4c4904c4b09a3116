import { NV_OK } from '../../errors/nv-status.ts'

/** The answer to a control: an NV_STATUS, and the written parameters (the request's own bytes if none). */
export interface Answer {
  status: number
  params?: Uint8Array
}

export const OK: Answer = { status: NV_OK }

export function refuse(status: number): Answer {
  return { status }
}

export function answer(params: Uint8Array): Answer {
  return { status: NV_OK, params }
}
