import type { FitView } from '../../contract/views/plan.ts'
import { findType } from '../../engine/find-type.ts'
import type { HostState } from '../../engine/state.ts'
import { typeRef } from '../../engine/views/words.ts'
import { NvError } from '../../errors/nv-error.ts'

export interface FitRequest {
  type: string
  count: number
}

/** The asked types. @throws NvError ENODEV (unknown), EOPNOTSUPP (a MIG-backed type: GPU instances are not planned) */
export function askedTypes(host: HostState, requests: readonly FitRequest[]): FitView['asked'] {
  return requests.map(({ type: word, count }) => {
    const { vgpuType, catalogue } = findType(host, word)
    if (catalogue !== null && catalogue.gpuInstanceSize > 0) {
      throw new NvError({
        errno: 'EOPNOTSUPP',
        code: 'unsupported',
        at: 'fit',
        message: `${catalogue.vgpuName} needs a GPU instance, and only time-sliced vGPUs are planned`,
        hint: 'nvgpu capacity',
      })
    }
    return { vgpuType: typeRef(host, vgpuType), count }
  })
}
