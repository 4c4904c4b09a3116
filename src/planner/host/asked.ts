import type { FitView } from '../../contract/views/plan.ts'
import { findType } from '../../engine/find-type.ts'
import type { HostState } from '../../engine/state.ts'
import { typeRef } from '../../engine/views/words.ts'

export interface FitRequest {
  type: string
  count: number
}

/** The asked types, each once. @throws NvError ENODEV (unknown) */
export function askedTypes(host: HostState, requests: readonly FitRequest[]): FitView['asked'] {
  const counts = new Map<number, number>()
  for (const { type, count } of requests) {
    const { vgpuType } = findType(host, type)
    counts.set(vgpuType, (counts.get(vgpuType) ?? 0) + count)
  }
  return [...counts].map(([vgpuType, count]) => ({ vgpuType: typeRef(host, vgpuType), count }))
}
