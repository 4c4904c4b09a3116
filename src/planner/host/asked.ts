import type { FitView } from '../../contract/views/plan.ts'
import { findType } from '../../engine/find-type.ts'
import type { HostState } from '../../engine/state.ts'
import { typeRef } from '../../engine/views/words.ts'

export interface FitRequest {
  type: string
  count: number
}

/** The asked types. @throws NvError ENODEV (unknown) */
export function askedTypes(host: HostState, requests: readonly FitRequest[]): FitView['asked'] {
  return requests.map(({ type: word, count }) => ({
    vgpuType: typeRef(host, findType(host, word).vgpuType),
    count,
  }))
}
